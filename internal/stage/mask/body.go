package mask

import (
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"sessionlab/internal/stage/record"
)

// body masks passwords in a body of that type, and reports whether it found any. Bodies of unknown types, and
// bodies that do not have the form of their type, are dropped.
func (m *masker) body(b *record.Body, contentType string) (changed bool) {
	if b.Text == "" {
		return false
	}
	kind, params, err := mime.ParseMediaType(contentType)
	masked, ok := "", false
	switch {
	case err != nil:
	case kind == "application/x-www-form-urlencoded":
		masked, ok = m.form(b.Text)
	case kind == "multipart/form-data":
		masked, ok = m.parts(b.Text, params["boundary"])
	case kind == "application/json":
		masked, ok = m.json(b.Text)
	case kind == "text/plain":
		masked, ok = m.lines(b.Text)
	}
	if !ok {
		b.Text, b.Kept = "", "type"
		return false
	}
	changed = masked != b.Text
	if changed && b.Cut() == 0 {
		b.Size = int64(len(masked)) // the original length would reveal that of the password
	}
	b.Text = masked
	return changed
}

// secretField reports whether a field's name says that it holds a password: the names in the lab's own forms,
// and those that browsers and other sites use, also within names such as user[pwd] or current-password.
func secretField(name string) bool {
	name = strings.ToLower(name)
	for _, text := range []string{"passw", "passphrase", "passcode", "pwd"} {
		if strings.Contains(name, text) {
			return true
		}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(words, func(word string) bool {
		return word == "old" || word == "new" || word == "pass" || word == "pw"
	})
}

var plainName = regexp.MustCompile(`^[\w.%+\[\]-]*$`)

// form masks the values of secret fields in a form such as a=1&pwd=2, and everything that is not a pair of a
// plain name and a value. ok reports whether there were only such pairs.
func (m *masker) form(form string) (masked string, ok bool) {
	pairs := strings.Split(form, "&")
	ok = true
	for i, pair := range pairs {
		name, value, hasValue := strings.Cut(pair, "=")
		switch {
		case !plainName.MatchString(name) || strings.Contains(pair, ";"): // which once separated pairs, too
			pairs[i], ok = Mark, false
		case hasValue && secretField(unescaped(name)):
			pairs[i] = name + "=" + Mark
			m.found(value)
			if decoded, err := url.QueryUnescape(value); err == nil {
				m.found(decoded)
			}
		}
	}
	return strings.Join(pairs, "&"), ok
}

// unescaped removes the percent-encoding of a name, however often it was encoded.
func unescaped(name string) string {
	for strings.Contains(name, "%") {
		decoded, err := url.QueryUnescape(name)
		if err != nil {
			break
		}
		name = decoded
	}
	return name
}

// lines masks passwords in a form that was sent as text/plain, with each name=value on its own line. A line
// is also masked if it would be as a form of the usual type.
func (m *masker) lines(text string) (masked string, ok bool) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line, cr := strings.CutSuffix(line, "\r")
		name, value, hasValue := strings.Cut(line, "=")
		switch masked, ok := m.form(line); {
		case line == "":
		case !hasValue || !plainName.MatchString(name):
			return "", false
		case !ok || masked != line:
			m.found(value)
			lines[i] = name + "=" + Mark
			if cr {
				lines[i] += "\r"
			}
		}
	}
	return strings.Join(lines, "\n"), true
}

var (
	folded    = regexp.MustCompile(`\r?\n[ \t]+`)
	emptyLine = regexp.MustCompile(`\r?\n\r?\n`)
)

// parts masks passwords in multipart/form-data. It accepts nothing before the first boundary and behind the
// last: nobody reads that.
func (m *masker) parts(text, boundary string) (masked string, ok bool) {
	parts := strings.Split(text, "--"+boundary)
	if boundary == "" || parts[0] != "" {
		return "", false
	}
	for i, part := range parts[1:] {
		at := emptyLine.FindStringIndex(part)
		switch {
		case strings.TrimSpace(part) == "--", part == "":
		case at == nil && i == len(parts)-2 && !strings.HasPrefix(part, "--"):
			parts[i+1] = "" // a head that was cut off
		case at == nil || strings.HasPrefix(part, "--"):
			return "", false
		case secretPart(part[:at[0]]):
			m.found(strings.TrimRight(part[at[1]:], "\r\n"))
			parts[i+1] = part[:at[1]] + Mark + "\r\n"
		}
	}
	return strings.Join(parts, "--"+boundary), true
}

// secretPart reports whether a part's head names a secret field, or does not have exactly one name.
func secretPart(head string) bool {
	names := 0
	for line := range strings.SplitSeq(folded.ReplaceAllString(head, " "), "\n") {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Disposition") {
			continue
		}
		_, params, err := mime.ParseMediaType(strings.TrimSpace(value))
		if err != nil || params["name"] == "" || secretField(unescaped(params["name"])) {
			return true
		}
		names++
	}
	return names != 1
}
