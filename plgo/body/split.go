package body

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"strconv"
)

// importLine is an import that the text spells out.
type importLine struct {
	name   string // empty unless given
	path   string
	offset int
}

// parts are a text taken apart.
type parts struct {
	imports []importLine
	// [0, body) holds imports and declarations; the statements follow.
	body int
	// statement is where the first statement is; -1: there is none.
	statement int
	// blank are the ranges of the import lines.
	blank [][2]int
	// declarations are the others that stand before the statements.
	declarations []*declaration
}

// declaration is one that stands before the statements.
type declaration struct {
	keyword  token.Token
	from, to int  // with the semicolon, if there is one
	group    bool // its specs stand in parentheses
}

// split finds the declarations that stand before the statements of a body.
func split(t *text) (*parts, []Diagnostic) {
	var s scanner.Scanner
	var errs scanner.ErrorList
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(t.src))
	s.Init(file, []byte(t.src), func(pos token.Position, msg string) { errs.Add(pos, msg) }, 0)

	var p parts
	l := &lexer{s: &s, file: file}
	l.next()
	for {
		for ; l.tok == token.SEMICOLON && p.body > 0; l.next() {
			p.body = l.offset + len(l.lit)
			p.blank = append(p.blank, [2]int{l.offset, p.body})
		}
		d := &declaration{keyword: l.tok, from: l.offset}
		if l.tok != token.IMPORT && l.tok != token.CONST && l.tok != token.VAR &&
			l.tok != token.TYPE && l.tok != token.FUNC || !l.declaration(d) {
			break
		}
		if d.keyword == token.IMPORT {
			lines, diagnostics := parseImports(t, d.from, d.to)
			if diagnostics != nil {
				return nil, diagnostics
			}
			p.imports = append(p.imports, lines...)
			p.blank = append(p.blank, [2]int{d.from, d.to})
		} else {
			p.declarations = append(p.declarations, d)
		}
		p.body = d.to
	}
	if p.statement = l.offset; l.tok == token.EOF {
		p.statement = -1
	}
	// The statements must not end the function that they are put into.
	for depth := l.depth; l.tok != token.EOF; l.next() {
		if depth += nesting(l.tok); depth < 0 {
			errs.Add(token.Position{Offset: l.offset}, "unexpected "+l.tok.String()+" with nothing open")
			break
		}
	}
	if errs.Len() > 0 {
		return nil, t.scanErrors(errs, func(pos token.Position) int { return pos.Offset })
	}
	return &p, nil
}

// lexer walks over tokens.
type lexer struct {
	s      *scanner.Scanner
	file   *token.File
	tok    token.Token
	lit    string
	offset int // of tok
	depth  int // of what a statement has opened that looked like a declaration
}

func (l *lexer) next() {
	var pos token.Pos
	pos, l.tok, l.lit = l.s.Scan()
	l.offset = l.file.Offset(pos)
}

// declaration skips a declaration and the semicolon after it. It reports false if
// what looked like one is a statement.
func (l *lexer) declaration(d *declaration) bool {
	l.next()
	d.group = l.tok == token.LPAREN
	if d.keyword == token.FUNC {
		// func name(…) or func (receiver) name(…); else it is a function literal.
		if l.tok == token.LPAREN {
			for l.depth = 1; l.depth > 0 && l.tok != token.EOF; {
				l.next()
				l.depth += nesting(l.tok)
			}
			l.next()
		}
		if l.tok != token.IDENT {
			return false
		}
	}
	for ; l.tok != token.EOF && (l.depth > 0 || l.tok != token.SEMICOLON); l.next() {
		l.depth += nesting(l.tok)
		if l.depth < 0 {
			return false
		}
	}
	d.to = l.offset
	if l.tok == token.SEMICOLON {
		if l.lit == ";" {
			d.to++
		}
		l.next()
	}
	return true
}

func nesting(tok token.Token) int {
	switch tok {
	case token.LPAREN, token.LBRACE, token.LBRACK:
		return 1
	case token.RPAREN, token.RBRACE, token.RBRACK:
		return -1
	}
	return 0
}

const importPrefix = "package p;"

func parseImports(t *text, start, end int) ([]importLine, []Diagnostic) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", importPrefix+t.src[start:end], parser.ImportsOnly|parser.SkipObjectResolution)
	offset := func(at int) int { return at - len(importPrefix) + start }
	if list, ok := err.(scanner.ErrorList); ok {
		return nil, t.scanErrors(list, func(pos token.Position) int { return offset(pos.Offset) })
	}
	var lines []importLine
	for _, spec := range file.Imports {
		line := importLine{offset: offset(fset.Position(spec.Pos()).Offset)}
		line.path, err = strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, []Diagnostic{t.diagnostic(line.offset, "invalid import path "+spec.Path.Value)}
		}
		if spec.Name != nil {
			line.name = spec.Name.Name
		}
		lines = append(lines, line)
	}
	return lines, nil
}
