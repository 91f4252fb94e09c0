package main

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

var scaleTemplate = template.Must(template.New("scale").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>How costs grow with the work</title>
<style>body { font-family: sans-serif; max-width: 64em; margin: auto } svg { max-width: 100%; height: auto }</style>
<h1>How costs grow with the work</h1>
<p>Both scales are logarithmic: a line's slope is its exponent, fitted to the larger half of its points.
With 1, twice the work takes twice the time.</p>
{{range .}}<h2>{{.Title}}</h2>
{{.SVG}}
{{end}}</html>
`))

// scalePage is one page that needs no other file.
func scalePage(axes []axis) ([]byte, error) {
	type picture struct {
		Title string
		SVG   template.HTML
	}
	var pictures []picture
	for _, a := range axes {
		svg, err := a.plot()
		if err != nil {
			return nil, fmt.Errorf("the plot of %s: %w", a.Name, err)
		}
		pictures = append(pictures, picture{a.Name, svg})
	}
	var b bytes.Buffer
	err := scaleTemplate.Execute(&b, pictures)
	return b.Bytes(), err
}

func (a *axis) plot() (template.HTML, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = a.Unit, "milliseconds"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	for i, l := range a.Lines {
		var points plotter.XYs
		for _, at := range l.Points {
			points = append(points, plotter.XY{X: float64(at.Amount), Y: at.Milliseconds})
		}
		drawn, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return "", err
		}
		drawn.Color, marks.Color, marks.Shape = plotutil.Color(i), plotutil.Color(i), plotutil.Shape(i)
		p.Add(drawn, marks)
		p.Legend.Add(fmt.Sprintf("%s, exponent %.2f", shownName(l.Who), l.Exponent), drawn, marks)
	}
	w, err := p.WriterTo(8*vg.Inch, 4*vg.Inch, "svg")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if _, err := w.WriteTo(&b); err != nil {
		return "", err
	}
	// Without the declaration, which only a file of its own begins with.
	svg := b.String()
	return template.HTML(svg[max(0, strings.Index(svg, "<svg")):]), nil
}

// shownName is what people call one that is compared.
func shownName(who string) string {
	if name := peerNames[who]; name != "" {
		return name
	}
	return who
}
