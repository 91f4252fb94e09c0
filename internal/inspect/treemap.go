package inspect

import (
	"cmp"
	"slices"
)

// Item is something with a size, to be shown as an area.
type Item struct {
	Name  string
	Size  uint64
	Items []Item // what it consists of; empty: nothing is known
}

// Tile is an Item with its place. Lengths are in the units of the whole map.
type Tile struct {
	Item
	X, Y, W, H float64
	Tiles      []Tile
}

// rect is a free place.
type rect struct{ x, y, w, h float64 }

// Space that a tile's name takes at its top, and around what is in it.
const (
	titleHeight = 20
	padding     = 2
)

// treemap gives each item an area in proportion to its size, as near to a square
// as may be: "squarified treemaps" (Bruls, Huizing, van Wijk, 2000).
func treemap(items []Item, in rect) []Tile {
	items = slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.Size == 0 })
	slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(b.Size, a.Size) })
	total := 0.0
	for _, i := range items {
		total += float64(i.Size)
	}
	var tiles []Tile
	for scale := in.w * in.h / total; len(items) > 0 && in.w > 0 && in.h > 0; {
		n := row(items, scale, min(in.w, in.h))
		var placed []Tile
		placed, in = place(items[:n], scale, in)
		tiles = append(tiles, placed...)
		items = items[n:]
	}
	return tiles
}

// row is the number of items that stand side by side along the shorter side: as
// many as make the worst of them no worse.
func row(items []Item, scale, side float64) int {
	sum, worst := 0.0, 0.0
	for n, i := range items {
		sum += float64(i.Size) * scale
		depth := sum / side
		// The first is the largest, this one the smallest.
		now := 0.0
		for _, size := range []uint64{items[0].Size, i.Size} {
			length := float64(size) * scale / depth
			now = max(now, length/depth, depth/length)
		}
		if n > 0 && now > worst {
			return n
		}
		worst = now
	}
	return len(items)
}

// place puts a row into a place and returns what is left of that.
func place(items []Item, scale float64, in rect) ([]Tile, rect) {
	sum := 0.0
	for _, i := range items {
		sum += float64(i.Size) * scale
	}
	var tiles []Tile
	wide := in.w >= in.h
	depth := sum / min(in.w, in.h)
	at := 0.0
	for _, i := range items {
		length := float64(i.Size) * scale / depth
		t := Tile{Item: i, X: in.x, Y: in.y + at, W: depth, H: length}
		if !wide {
			t.X, t.Y, t.W, t.H = in.x+at, in.y, length, depth
		}
		at += length
		inner := rect{t.X + padding, t.Y + titleHeight, t.W - 2*padding, t.H - titleHeight - padding}
		if len(i.Items) > 0 && inner.w > 0 && inner.h > 0 {
			t.Tiles = treemap(i.Items, inner)
		}
		tiles = append(tiles, t)
	}
	if wide {
		return tiles, rect{in.x + depth, in.y, in.w - depth, in.h}
	}
	return tiles, rect{in.x, in.y + depth, in.w, in.h - depth}
}
