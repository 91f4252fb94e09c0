package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/packaging"
	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/target"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/signature"
	"github.com/spf13/cobra"
)

// packaged is what a package is made of and for.
type packaged struct {
	tools      toolFlags
	targets    []string
	configs    []string
	majors     []int
	formats    []string
	out        string
	key        string
	maintainer string
	license    string
	homepage   string
}

var formats = []string{"tar.gz", "deb", "rpm", "oci"}

func packageCommand() *cobra.Command {
	var p packaged
	cmd := &cobra.Command{
		Use:   "package [PACKAGE]",
		Short: "Build an extension and make packages of it",
		Long: `Package builds the extension for each target and each PostgreSQL, and makes an
archive, packages for Debian and for Fedora and their relatives, and images of OCI's
layout, which CloudNativePG mounts, one for each major. In each is what it is made of,
in SPDX 2.3. Besides, it writes META.json for PGXN and SHA256SUMS, and, with a secret
key of minisign, a signature of that, and of the module in each package.

The same source makes the same bytes: times are what SOURCE_DATE_EPOCH says, or 1980.`,
		Example: `  pgbuild package -o dist --maintainer "Ann <ann@example.org>" --license MIT ./textkit
  pgbuild package --pg-config /usr/lib/postgresql/15/bin/pg_config --pg-config /usr/lib/postgresql/17/bin/pg_config
  pgbuild package --pg 17 --pg 18 --target linux-postgres-amd64 --target linux-postgres-arm64 --key release.key`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, f := range p.formats {
				if !slices.Contains(formats, f) {
					return fmt.Errorf("there is no format %s; there are %s", f, strings.Join(formats, ", "))
				}
			}
			return ran(p.run)(cmd, args)
		},
	}
	p.tools.addBuild(cmd)
	p.tools.addPolicy(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&p.targets, "target", nil, "target to build for, as linux-postgres-arm64; can be repeated (default: this machine's)")
	f.StringArrayVar(&p.configs, "pg-config", nil, "pg_config of a PostgreSQL to build for; can be repeated (default: the one in PATH)")
	f.IntSliceVar(&p.majors, "pg", nil, "major of PostgreSQL to build for with an installed pack; can be repeated")
	cmd.MarkFlagsMutuallyExclusive("pg", "pg-config")
	f.StringSliceVar(&p.formats, "format", formats, "what to make")
	f.StringVarP(&p.out, "output", "o", "dist", "folder to write to; made if it is not there")
	cmd.MarkFlagDirname("output")
	f.StringVar(&p.key, "key", "", "file of the secret key to sign with")
	f.StringVar(&p.maintainer, "maintainer", "", `who is to be written to, as "Ann <ann@example.org>"`)
	f.StringVar(&p.license, "license", "", "license by its name in SPDX, as MIT (default: what the file LICENSE looks like)")
	f.StringVar(&p.homepage, "homepage", "", "address of the extension in the web")
	return cmd
}

// oneLine is what may stand in the head of a package.
var oneLine = regexp.MustCompile(`^[^\x00-\x1f\x7f]*$`)

func (p *packaged) run(cmd *cobra.Command, args []string) error {
	for _, text := range []string{p.maintainer, p.license, p.homepage} {
		if !oneLine.MatchString(text) {
			return fmt.Errorf("%q is not one line", text)
		}
	}
	if p.maintainer == "" {
		p.maintainer = "nobody <nobody@invalid>"
		warn(cmd, "packages name nobody to write to; say who with --maintainer")
	}
	when, err := packaging.Time()
	if err != nil {
		return err
	}
	var key *signature.Key
	if p.key != "" {
		if key, err = signature.ReadKey(p.key, func() (string, error) { return password(cmd, "Password of "+p.key+": ") }); err != nil {
			return err
		}
	}
	outputs, err := outputs(cmd.Context(), p.tools.goPath, p.targets, "")
	if err != nil {
		return err
	}
	temp, err := scratch.Make("", scratch.Prefix)
	if err != nil {
		return err
	}
	defer temp.Remove()
	if p.out, err = filepath.Abs(p.out); err != nil {
		return err
	}
	if err := target.CheckOutDir(p.out); err != nil {
		return err
	}
	w := &packageWriter{cmd: cmd, out: p.out}
	type server struct {
		config string
		major  int
	}
	var servers []server
	for _, c := range p.configs {
		servers = append(servers, server{config: c})
	}
	for _, m := range p.majors {
		servers = append(servers, server{major: m})
	}
	if servers == nil {
		servers = []server{{}}
	}
	for i, s := range servers {
		var all []*packaging.Extension
		for _, o := range outputs {
			p.tools.target, p.tools.pgConfig, p.tools.major = string(o.target), s.config, s.major
			dir := filepath.Join(temp.Path, fmt.Sprint(i), string(o.target))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			built, err := buildExtension(cmd, p.tools, args, dir)
			if err != nil {
				return err
			}
			e, err := p.extension(built, o.target, key)
			if err != nil {
				return err
			}
			e.Time = when
			all = append(all, e)
		}
		if err := p.write(w, all); err != nil {
			return err
		}
	}
	return w.finish(key)
}

// extension reads what has been built. Each file is judged once more, as it will be where
// it is installed.
func (p *packaged) extension(built *target.Extension, t target.Target, key *signature.Key) (*packaging.Extension, error) {
	e := &packaging.Extension{
		Name: built.Name, Version: built.Version, Comment: built.Package.Control.Comment, License: p.license,
		Maintainer: p.maintainer, Homepage: p.homepage, Major: built.Postgres.Major, GOARCH: t.GOARCH(),
	}
	for _, file := range built.Files() {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		e.Files = append(e.Files, packaging.File{Name: filepath.Base(file), Data: data})
		if file != built.Module {
			continue
		}
		r := object.Verify(data, "")
		if err := r.Err(); err != nil {
			return nil, err
		}
		e.Provenance = r.Provenance
		if key != nil {
			comment := fmt.Sprintf("pgstd %s %s %s", r.Provenance.Target, r.Kind, filepath.Base(file))
			e.Files = append(e.Files, packaging.File{Name: filepath.Base(file) + signature.Suffix, Data: key.Sign(data, comment)})
		}
	}
	if e.License == "" {
		e.License = licenseOf(built.Package.Dir)
	}
	return e, nil
}

// licenseOf is what a file LICENSE looks like; empty if it looks like nothing that is known.
func licenseOf(dir string) string {
	for ; ; dir = filepath.Dir(dir) {
		text, err := regular.Read(dir, "LICENSE", regular.Text)
		words := strings.Join(strings.Fields(string(text)), " ")
		for _, l := range [][2]string{
			{"Apache License Version 2.0", "Apache-2.0"}, {"Mozilla Public License Version 2.0", "MPL-2.0"},
			{"Permission to use, copy, modify, and distribute this software and its documentation for any purpose, without fee", "PostgreSQL"},
			{"Permission is hereby granted, free of charge", "MIT"},
			{"Neither the name of", "BSD-3-Clause"}, {"Redistribution and use in source and binary forms", "BSD-2-Clause"},
		} {
			if err == nil && strings.Contains(words, l[0]) {
				return l[1]
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func (p *packaged) write(w *packageWriter, all []*packaging.Extension) error {
	makers := map[string]func(*packaging.Extension) (*packaging.Artifact, error){
		"tar.gz": (*packaging.Extension).TarGz, "deb": (*packaging.Extension).Deb, "rpm": (*packaging.Extension).RPM,
	}
	for _, e := range all {
		for _, format := range p.formats {
			if makers[format] == nil {
				continue
			}
			a, err := makers[format](e)
			if err != nil {
				return err
			}
			if err := w.file(a.Name, a.Data); err != nil {
				return err
			}
		}
		sbom, err := e.SBOM()
		if err != nil {
			return err
		}
		if err := w.file(e.Base()+".spdx.json", sbom); err != nil {
			return err
		}
	}
	if slices.Contains(p.formats, "oci") {
		if err := w.image(all); err != nil {
			return err
		}
	}
	meta, err := all[0].Meta()
	if err != nil {
		return err
	}
	return w.file("META.json", meta)
}

// packageWriter writes packages into a folder, and keeps their checksums.
type packageWriter struct {
	cmd  *cobra.Command
	out  string
	sums []string
}

func (w *packageWriter) file(name string, data []byte) error {
	if err := os.MkdirAll(w.out, 0o755); err != nil {
		return fmt.Errorf("making the output folder: %w; choose another one with -o", err)
	}
	if err := atomicfile.Write(filepath.Join(w.out, name), data, 0o644); err != nil {
		return fmt.Errorf("writing a package: %w", err)
	}
	line := fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name)
	if !slices.Contains(w.sums, line) {
		w.sums = append(w.sums, line)
		fmt.Fprintln(w.cmd.OutOrStdout(), filepath.Join(w.out, name))
	}
	return nil
}

// image writes an image beside the one that is there, and puts it in its place.
func (w *packageWriter) image(all []*packaging.Extension) error {
	name := all[0].ImageName()
	dir := filepath.Join(w.out, name)
	_, notThere := os.Lstat(dir)
	if _, err := os.Stat(filepath.Join(dir, "oci-layout")); err != nil && notThere == nil {
		return fmt.Errorf("%s is there, and no image that this could replace; remove it, or choose another folder with -o", dir)
	}
	if err := os.MkdirAll(w.out, 0o755); err != nil {
		return fmt.Errorf("making the output folder: %w; choose another one with -o", err)
	}
	made, err := os.MkdirTemp(w.out, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("writing an image: %w", err)
	}
	defer os.RemoveAll(made)
	if err := packaging.WriteOCI(filepath.Join(made, name), all...); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("replacing an image: %w", err)
	}
	if err := os.Rename(filepath.Join(made, name), dir); err != nil {
		return fmt.Errorf("replacing an image: %w", err)
	}
	files, err := packaging.FilesIn(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(w.out, file)
		if err != nil {
			return err
		}
		w.sums = append(w.sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), filepath.ToSlash(rel)))
	}
	fmt.Fprintln(w.cmd.OutOrStdout(), dir)
	return nil
}

func (w *packageWriter) finish(key *signature.Key) error {
	if len(w.sums) == 0 {
		return errors.New("nothing was made; name a format with --format")
	}
	slices.SortFunc(w.sums, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	sums := []byte(strings.Join(w.sums, ""))
	if err := w.file("SHA256SUMS", sums); err != nil {
		return err
	}
	if key == nil {
		return nil
	}
	return w.file("SHA256SUMS"+signature.Suffix, key.Sign(sums, "pgstd SHA256SUMS"))
}
