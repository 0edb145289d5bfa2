package view

import (
	"fmt"

	"sessionlab/internal/stage/record"
)

// Lane is the place where a scene happens. The lanes are side by side in this order.
type Lane string

// The four lanes.
const (
	Browser Lane = "browser"
	Wire    Lane = "wire"
	Server  Lane = "server"
	Store   Lane = "store"
)

// Lanes returns all lanes from left to right.
func Lanes() []Lane { return []Lane{Browser, Wire, Server, Store} }

// Kind says what a scene shows, and which of its parts are set.
type Kind string

// The kinds of scenes, in the order in which they happen.
const (
	JarBefore Kind = "jar-before" // Jar
	Asked     Kind = "request"    // Request
	Edited    Kind = "edited"     // Lines
	Handled   Kind = "handler"    // nothing: the caller shows the code
	Stated    Kind = "statement"  // Statement
	Kept      Kind = "session"    // Session
	Answered  Kind = "response"   // Response
	JarAfter  Kind = "jar-after"  // Jar
)

// Scene is one numbered step of an exchange.
type Scene struct {
	Number int // from 1
	Kind   Kind
	Lane   Lane
	Says   Sentence // what happens in it

	Jar       []JarCookie
	Request   *RequestView
	Lines     []DiffLine
	Statement *record.Statement
	Session   *SessionView
	Response  *ResponseView
}

// Short returns a scene's statement in short, such as SELECT online_member.
func (s Scene) Short() string { return short(*s.Statement) }

// Sentence is a text of the catalogue with its names and values.
type Sentence struct {
	ID   string
	Args []any
}

// Values returns the names and values of a sentence as a map.
func (s Sentence) Values() map[string]any {
	values := map[string]any{}
	for i := 0; i+1 < len(s.Args); i += 2 {
		values[fmt.Sprint(s.Args[i])] = s.Args[i+1]
	}
	return values
}

// Station is a run of scenes in one lane.
type Station struct {
	Lane   Lane
	Back   bool // on the way from the server to the browser
	Scenes []Scene
}

// Thread tells an exchange as scenes in the lanes: to the store and back.
type Thread struct {
	Stations []Station
	Scenes   int // how many
}

// NewThread returns the scenes of an exchange.
func NewThread(e *record.Exchange) Thread {
	var t Thread
	before, after := e.JarBefore, e.JarAfter
	sent := *e.Sent()
	byBrowser := !e.Again // the stage's own requests do not use the jar
	t.add(false, Scene{Kind: JarBefore, Lane: Browser, Jar: jarBefore(before, record.Get(sent.Header, "Cookie"), byBrowser), Says: saysJarBefore(before, sent, byBrowser)})
	t.add(false, Scene{Kind: Asked, Lane: Wire, Request: viewRequest(sent, before), Says: saysRequest(sent)})
	if e.Held != nil && !e.Dropped {
		lines := diffLines(requestLines(*e.Held), requestLines(e.Request))
		t.add(false, Scene{Kind: Edited, Lane: Wire, Lines: lines, Says: Sentence{"stage.says.edited", []any{"Count", changedLines(lines)}}})
	}
	if e.Dropped {
		t.add(false, Scene{Kind: Handled, Lane: Server, Says: Sentence{ID: "stage.says.dropped"}})
		return t
	}
	t.add(false, Scene{Kind: Handled, Lane: Server, Says: saysHandler(e)})
	for i := range e.Statements {
		t.add(false, Scene{Kind: Stated, Lane: Store, Statement: &e.Statements[i], Says: saysStatement(e.Statements[i])})
	}
	if e.Before != nil || e.After != nil {
		view := viewSession(e.Before, e.After)
		t.add(false, Scene{Kind: Kept, Lane: Store, Session: view, Says: view.says()})
	}
	t.add(true, Scene{Kind: Answered, Lane: Wire, Response: viewResponse(e), Says: saysResponse(e.Response)})
	jar := jarAfter(before, after)
	t.add(true, Scene{Kind: JarAfter, Lane: Browser, Jar: jar, Says: saysJarAfter(jar, byBrowser)})
	return t
}

// add appends a scene with its number, to the last station if that is in the same lane.
func (t *Thread) add(back bool, scene Scene) {
	t.Scenes++
	scene.Number = t.Scenes
	if last := len(t.Stations) - 1; last >= 0 && t.Stations[last].Lane == scene.Lane {
		t.Stations[last].Scenes = append(t.Stations[last].Scenes, scene)
		return
	}
	t.Stations = append(t.Stations, Station{Lane: scene.Lane, Back: back, Scenes: []Scene{scene}})
}
