package source

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"

	"github.com/pgstd/pgstd"
)

// The parts of SARIF 2.1.0 that code-review tools read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		Results    []sarifResult `json:"results"`
		ColumnKind string        `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// WriteSARIF writes the result in the Static Analysis Results Interchange Format,
// version 2.1.0. What a policy accepts is there as suppressed.
func (r *Result) WriteSARIF(w io.Writer) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "pgbuild check", Version: pgstd.Version, InformationURI: "https://" + kitPath,
		}},
		Results:    []sarifResult{},
		ColumnKind: "unicodeCodePoints", // bytes, to be exact: there is no word for Go's way of counting
	}
	index := map[string]int{}
	for i, rule := range Rules {
		index[rule.Name] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{rule.Name, sarifText{rule.Short}, sarifText{rule.Doc}})
	}
	for _, f := range r.Findings {
		run.Results = append(run.Results, f.sarif(index))
	}
	for _, f := range r.Accepted {
		s := f.sarif(index)
		s.Suppressions = []sarifSuppression{{Kind: "external", Justification: f.Reason}}
		run.Results = append(run.Results, s)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

func (f Finding) sarif(index map[string]int) sarifResult {
	location := sarifPhysical{Artifact: sarifArtifact{uri(f.Pos.File)}}
	if f.Pos.Line > 0 {
		location.Region = &sarifRegion{f.Pos.Line, f.Pos.Column}
	}
	return sarifResult{
		RuleID: f.Rule, RuleIndex: index[f.Rule], Level: "error", Message: sarifText{f.Message},
		Locations: []sarifLocation{{location}},
	}
}

// uri makes a reference of a file's name: relative names stay relative.
func uri(name string) string {
	u := url.URL{Path: filepath.ToSlash(filepath.Clean(name))}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}
