package overlay

// Warning is a change in what the overlay drops that a reviewer should look at.
type Warning struct {
	Package string // import path
	Decl    string // declaration, or file
	Text    string // what is different, and what to do
}

func (w Warning) String() string { return w.Package + "." + w.Decl + ": " + w.Text }

func (m *made) compare(lock []byte) ([]Warning, error) { return nil, nil }
