package cookielab

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "aab": "aab", "n=" + strings.Repeat("x", 20): "n=x…(×20)", strings.Repeat("x", 19) + "小店": strings.Repeat("x", 19) + "小店", strings.Repeat("店", 30) + "\xe9": "店…(×30)\ufffd",
	} {
		if got := fold(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
