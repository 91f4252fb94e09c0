package extension

import "testing"

func TestSnakeCase(t *testing.T) {
	for in, want := range map[string]string{
		"Slugify": "slugify", "HTTPServer": "http_server", "ID": "id", "UserID": "user_id",
		"userIDs": "user_ids", "URLsOf": "urls_of", "SHA256Hex": "sha256_hex", "IPv4Mask": "ipv4_mask",
		"Base64URL": "base64_url", "ParseJSON": "parse_json", "A": "a", "AB": "ab", "ABTest": "ab_test",
		"X509Cert": "x509_cert", "Already_Snake": "already_snake", "n": "n", "maxLen": "max_len",
		"Größe": "größe", "ÄpfelÖl": "äpfel_öl", "IsPrime": "is_prime", "Levenshtein": "levenshtein",
		"getHTTPResponseCode": "get_http_response_code", "UTF8String": "utf8_string",
	} {
		if got := snakeCase(in); got != want {
			t.Errorf("snakeCase(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCSymbolIsCollisionFree(t *testing.T) {
	for name, want := range map[string]string{
		"slugify": "pgstd_fn_slugify",
		"größe":   "pgstd_fn_grXC3XB6XC3X9Fe",
	} {
		if got := cSymbol(name); got != want {
			t.Errorf("cSymbol(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseSetting(t *testing.T) {
	for in, want := range map[string]string{
		"": "|", "  # c": "|", "comment = 'it''s'": "comment|it's", `comment='a\'b\n\101'`: "comment|a'b\nA",
		"trusted = true # yes": "trusted|true", "default_version 1.0": "default_version|1.0", "schema=x": "schema|x",
		"comment = 'open": "error", "= 3": "error", "trusted": "error", "a = 'b' c": "error", "a = $x": "error",
		`comment = '\0'`: "error", "comment = 'a#b'": "comment|a#b", "trusted = true\r": "trusted|true",
	} {
		s, err := parseSetting(in)
		got := s.key + "|" + s.value
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("parseSetting(%q) = %q (%v), want %q", in, got, err, want)
		}
	}
}

func TestQuoteSettingRoundTrip(t *testing.T) {
	for _, v := range []string{"", "a", "it's", `back\slash`, "two\nlines\r", "tab\t", "größe", `'\''`} {
		s, err := parseSetting("comment = " + quoteSetting(v))
		if err != nil || s.value != v {
			t.Errorf("%q comes back as %q (%v)", v, s.value, err)
		}
	}
}
