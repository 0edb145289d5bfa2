package mask

import (
	"slices"
	"strings"

	"sessionlab/internal/stage/record"
)

// Restore replaces masked texts in an edited request by those of the original, where they came back as they
// were shown.
func Restore(edited *record.Request, original record.Request) {
	var m masker
	if edited.Target == m.target(original.Target) {
		edited.Target = original.Target
	}
	shown := slices.Clone(original.Header)
	m.fields(shown)
	keys := keysOf(&original)
	for i, f := range edited.Header {
		for j, o := range original.Header {
			if !strings.EqualFold(f.Name, o.Name) {
				continue
			}
			if f.Value == shown[j].Value {
				edited.Header[i].Value = o.Value
				continue
			}
			for _, own := range visitorPair.FindAllString(o.Value, -1) {
				own = strings.TrimLeft(own, "; ")
				name, _, _ := strings.Cut(own, "=")
				edited.Header[i].Value = strings.ReplaceAll(edited.Header[i].Value, name+"="+Mark, own)
			}
			for _, key := range keys {
				if strings.Contains(o.Value, key) {
					edited.Header[i].Value = strings.ReplaceAll(edited.Header[i].Value, shortened(key), key)
				}
			}
		}
	}
}

// RestoreForm does the same for the passwords of a form, in their order.
func RestoreForm(edited, original string) string {
	pairs, were := strings.Split(edited, "&"), strings.Split(original, "&")
	for i, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		for j, was := range were {
			if value == Mark && strings.HasPrefix(was, name+"=") {
				pairs[i] = was
				were = slices.Delete(were, j, j+1)
				break
			}
		}
	}
	return strings.Join(pairs, "&")
}
