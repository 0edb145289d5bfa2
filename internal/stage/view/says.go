package view

import (
	"strconv"
	"strings"

	"sessionlab/cookie"
	"sessionlab/internal/stage/record"
)

func saysJarBefore(jar []cookie.Cookie, sent record.Request, byBrowser bool) Sentence {
	if !byBrowser {
		return Sentence{ID: "stage.says.again"}
	}
	switch {
	case len(jar) == 0:
		return Sentence{ID: "stage.says.jar.empty"}
	case len(jar) == 1:
		return Sentence{ID: "stage.says.jar.one"}
	}
	return Sentence{"stage.says.jar.many", []any{"Count", len(jar)}}
}

func saysRequest(r record.Request) Sentence {
	args := []any{"Method", r.Method, "Target", shorten(r.Target)}
	pairs := record.CookiePairs(record.Get(r.Header, "Cookie"))
	if len(pairs) == 0 {
		return Sentence{"stage.says.request.bare", args}
	}
	return Sentence{"stage.says.request", append(args, "Cookies", joinNames(len(pairs), func(i int) string { return pairs[i].Name }))}
}

func saysHandler(e *record.Exchange) Sentence {
	if e.Handler == "" {
		return Sentence{ID: "stage.says.nohandler"}
	}
	return Sentence{"stage.says.handler", []any{"Name", e.Handler, "Time", Milliseconds(e.Duration)}}
}

func saysStatement(s record.Statement) Sentence {
	verb, _, _ := strings.Cut(short(s), " ")
	args := []any{"Verb", verb, "Time", Milliseconds(s.Duration)}
	switch {
	case s.Err != "":
		return Sentence{"stage.says.statement.failed", args}
	case s.Engine != "":
		return Sentence{"stage.says.statement.engine", append(args, "Engine", s.Engine)}
	case s.Changed < 0:
		return Sentence{"stage.says.statement.read", args}
	case s.Shared > 1:
		return Sentence{"stage.says.statement.shared", append(args, "Count", s.Shared)}
	case s.Shared == 1:
		return Sentence{"stage.says.statement.commit", args}
	case s.Changed == 1:
		return Sentence{"stage.says.statement.one", args}
	}
	return Sentence{"stage.says.statement.changed", append(args, "Count", s.Changed)}
}

func saysResponse(r record.Response) Sentence {
	if r.Status == 0 {
		return Sentence{ID: "stage.says.noanswer"}
	}
	set := setCookieNames(r.Header)
	args := []any{"Status", strconv.Itoa(r.Status), "Cookies", joinNames(len(set), func(i int) string { return set[i] })}
	if len(set) == 0 {
		return Sentence{"stage.says.response.bare", args}
	}
	return Sentence{"stage.says.response", args}
}

func saysJarAfter(jar []JarCookie, byBrowser bool) Sentence {
	if !byBrowser {
		return Sentence{ID: "stage.says.again.after"}
	}
	var changed []string
	for _, c := range jar {
		if c.Change != Same {
			changed = append(changed, c.Name)
		}
	}
	if len(changed) == 0 {
		return Sentence{ID: "stage.says.jar.same"}
	}
	return Sentence{"stage.says.jar.changed", []any{"Cookies", joinNames(len(changed), func(i int) string { return changed[i] })}}
}
