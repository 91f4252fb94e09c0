package textkit

import (
	"net/url"
	"strings"
)

// URLHost returns the host of a URL in lower case, without port; NULL for what
// is no URL or has none.
//
//pg:function immutable parallel=safe
func URLHost(address string) *string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Hostname() == "" {
		return nil
	}
	return new(strings.ToLower(u.Hostname()))
}
