package mask

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// json masks the values of secret members at any depth. A text that was cut off is masked up to its end; ok is
// false for one that is not JSON.
func (m *masker) json(text string) (masked string, ok bool) {
	var out bytes.Buffer
	d := json.NewDecoder(strings.NewReader(text))
	copied := 0
	var isObject []bool // for each level
	name := true        // the next string of an object is a name
	for {
		token, err := d.Token()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return "", false
		}
		inObject := len(isObject) > 0 && isObject[len(isObject)-1]
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				isObject = append(isObject, t == '{')
			default:
				isObject = isObject[:len(isObject)-1]
			}
			name = true
			continue
		case string:
			if inObject && name {
				name = false
				if secretField(t) {
					start := int(d.InputOffset())
					var value json.RawMessage
					if d.Decode(&value) != nil {
						out.WriteString(text[copied:start] + `:"` + Mark)
						return out.String(), true
					}
					var password string
					if json.Unmarshal(value, &password) == nil {
						m.found(password)
					}
					out.WriteString(text[copied:start] + `:"` + Mark + `"`)
					copied = int(d.InputOffset())
					name = true
				}
				continue
			}
		}
		name = true
	}
	out.WriteString(text[copied:d.InputOffset()])
	return out.String(), true
}
