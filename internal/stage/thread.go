package stage

import (
	"fmt"
	"strconv"
	"strings"

	"sessionlab/cookie"
)

// Lane is the place where a step happens. The lanes stand side by side in this order.
type Lane string

// The four lanes.
const (
	Browser Lane = "browser"
	Wire    Lane = "wire"
	Server  Lane = "server"
	Store   Lane = "store"
)

// Lanes are all lanes, from left to right.
func Lanes() []Lane { return []Lane{Browser, Wire, Server, Store} }

// Kind says what a step shows, and so which of its parts are set.
type Kind string

// The kinds of steps, in the order in which they happen.
const (
	JarBefore Kind = "jar-before" // Jar
	Asked     Kind = "request"    // Request
	Edited    Kind = "edited"     // Lines
	Handled   Kind = "handler"    // nothing: the code is the caller's to show
	Stated    Kind = "statement"  // Statement
	Kept      Kind = "session"    // Session
	Answered  Kind = "response"   // Response
	JarAfter  Kind = "jar-after"  // Jar
)

// Step is one numbered step of an exchange.
type Step struct {
	Number int // from 1
	Kind   Kind
	Lane   Lane
	Says   Sentence // what happens in it

	Jar       []JarCookie
	Request   *RequestView
	Lines     []DiffLine
	Statement *Statement
	Session   *SessionView
	Response  *ResponseView
}

// Sentence is a text of the catalogue, with the names and values that go into it.
type Sentence struct {
	ID   string
	Args []any
}

// Values are the names and values of a sentence, as a template takes them.
func (s Sentence) Values() map[string]any {
	values := map[string]any{}
	for i := 0; i+1 < len(s.Args); i += 2 {
		values[fmt.Sprint(s.Args[i])] = s.Args[i+1]
	}
	return values
}

// Station is a run of steps in one lane.
type Station struct {
	Lane  Lane
	Back  bool // on the way from the server to the browser
	Steps []Step
}

// Thread is an exchange told as steps through the lanes: out to the store, and back.
type Thread struct {
	Stations []Station
	Steps    int // how many
}

// NewThread tells an exchange.
func NewThread(e *Exchange) Thread {
	var t Thread
	before, after := e.JarBefore, e.JarAfter
	sent := e.Request
	if e.Held != nil {
		sent = *e.Held
	}
	byBrowser := !e.Again // the stage's own requests take nothing from the jar
	t.add(false, Step{Kind: JarBefore, Lane: Browser, Jar: jarBefore(before, Get(sent.Header, "Cookie"), byBrowser), Says: saysJarBefore(before, sent, byBrowser)})
	t.add(false, Step{Kind: Asked, Lane: Wire, Request: viewRequest(sent, before), Says: saysRequest(sent)})
	if e.Held != nil && !e.Dropped {
		lines := diffLines(requestLines(*e.Held), requestLines(e.Request))
		t.add(false, Step{Kind: Edited, Lane: Wire, Lines: lines, Says: Sentence{"stage.says.edited", []any{"Count", changedLines(lines)}}})
	}
	if e.Dropped {
		t.add(false, Step{Kind: Handled, Lane: Server, Says: Sentence{ID: "stage.says.dropped"}})
		return t
	}
	t.add(false, Step{Kind: Handled, Lane: Server, Says: saysHandler(e)})
	for i := range e.Statements {
		t.add(false, Step{Kind: Stated, Lane: Store, Statement: &e.Statements[i], Says: saysStatement(e.Statements[i])})
	}
	if e.Before != nil || e.After != nil {
		view := viewSession(e.Before, e.After)
		t.add(false, Step{Kind: Kept, Lane: Store, Session: view, Says: view.says()})
	}
	t.add(true, Step{Kind: Answered, Lane: Wire, Response: viewResponse(e, &sent), Says: saysResponse(e.Response)})
	jar := jarAfter(before, after)
	t.add(true, Step{Kind: JarAfter, Lane: Browser, Jar: jar, Says: saysJarAfter(jar, byBrowser)})
	return t
}

// add numbers a step and puts it at the end, into the last station if that is in the same lane.
func (t *Thread) add(back bool, step Step) {
	t.Steps++
	step.Number = t.Steps
	if last := len(t.Stations) - 1; last >= 0 && t.Stations[last].Lane == step.Lane {
		t.Stations[last].Steps = append(t.Stations[last].Steps, step)
		return
	}
	t.Stations = append(t.Stations, Station{Lane: step.Lane, Back: back, Steps: []Step{step}})
}

func saysJarBefore(jar []cookie.Cookie, sent Request, byBrowser bool) Sentence {
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

func saysRequest(r Request) Sentence {
	args := []any{"Method", r.Method, "Target", shorten(r.Target)}
	pairs := cookiePairs(Get(r.Header, "Cookie"))
	if len(pairs) == 0 {
		return Sentence{"stage.says.request.bare", args}
	}
	return Sentence{"stage.says.request", append(args, "Cookies", joinNames(len(pairs), func(i int) string { return pairs[i].Name }))}
}

func saysHandler(e *Exchange) Sentence {
	if e.Handler == "" {
		return Sentence{ID: "stage.says.nohandler"}
	}
	return Sentence{"stage.says.handler", []any{"Name", e.Handler, "Time", Milliseconds(e.Duration)}}
}

func saysStatement(s Statement) Sentence {
	verb, _, _ := strings.Cut(s.Short(), " ")
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

func saysResponse(r Response) Sentence {
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
