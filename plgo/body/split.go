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
	// [0, body) holds imports and package-level declarations; the statements follow.
	body int
	// blank are the ranges of the import lines.
	blank [][2]int
}

// split finds the declarations that stand before the statements of a body. What
// mentions an argument is a statement: it can only be meant for one call.
func split(t *text, params map[string]bool) (*parts, []Diagnostic) {
	var s scanner.Scanner
	var errs scanner.ErrorList
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(t.src))
	s.Init(file, []byte(t.src), func(pos token.Position, msg string) { errs.Add(pos, msg) }, 0)

	var p parts
	l := &lexer{s: &s, file: file}
	l.next()
	for {
		start := l.offset
		keyword := l.tok
		if keyword != token.IMPORT && keyword != token.CONST && keyword != token.VAR &&
			keyword != token.TYPE && keyword != token.FUNC {
			break
		}
		if !l.declaration(params) {
			break
		}
		if keyword == token.IMPORT {
			lines, diagnostics := parseImports(t, start, l.end)
			if diagnostics != nil {
				return nil, diagnostics
			}
			p.imports = append(p.imports, lines...)
			p.blank = append(p.blank, [2]int{start, l.end})
		}
		p.body = l.end
	}
	// The statements must not end the function that they are put into.
	for depth := 0; l.tok != token.EOF; l.next() {
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
	end    int // of the last declaration
}

func (l *lexer) next() {
	var pos token.Pos
	pos, l.tok, l.lit = l.s.Scan()
	l.offset = l.file.Offset(pos)
}

// declaration skips a declaration and the semicolon after it. It reports false if
// what looked like one is a statement.
func (l *lexer) declaration(params map[string]bool) bool {
	function := l.tok == token.FUNC
	depth := 0
	l.next()
	if function {
		// func name(…) or func (receiver) name(…); else it is a function literal.
		if l.tok == token.LPAREN {
			for depth = 1; depth > 0 && l.tok != token.EOF; {
				l.next()
				depth += nesting(l.tok)
			}
			l.next()
		}
		if l.tok != token.IDENT {
			return false
		}
	}
	for ; l.tok != token.EOF && (depth > 0 || l.tok != token.SEMICOLON); l.next() {
		depth += nesting(l.tok)
		if !function && l.tok == token.IDENT && params[l.lit] {
			return false
		}
	}
	l.end = l.offset
	if l.tok == token.SEMICOLON {
		if l.lit == ";" {
			l.end++
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
