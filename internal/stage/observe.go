package stage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sessionlab/internal/database"
	"sessionlab/internal/stage/mask"
	"sessionlab/internal/stage/record"
	"sessionlab/session"
)

// statement notes an SQL statement.
func (rec *recording) statement(st database.Statement) {
	defer survive()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	shown := record.Statement{Query: st.Query, Changed: st.Changed, Shared: st.Shared, Start: st.Start, Duration: st.Duration}
	for _, arg := range st.Args {
		shown.Args = append(shown.Args, mask.Argument(literal(arg)))
	}
	if st.Err != nil {
		shown.Err = st.Err.Error()
	}
	rec.exchange.Statements = append(rec.exchange.Statements, shown)
}

// access notes the session before and after and, for an engine that used no SQL, the operation.
func (rec *recording) access(a session.Access) {
	defer survive()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	e := &rec.exchange
	if engine := rec.stage.engine; engine != "db" && !(engine == "cached_db" && askedSince(e, a.Start)) {
		st := record.Statement{Engine: engine, Query: strings.ToUpper(a.Operation), Args: []string{literal(a.Key)}, Changed: -1, Start: a.Start, Duration: a.Duration}
		if a.Err != nil {
			st.Err = a.Err.Error()
		}
		e.Statements = append(e.Statements, st)
	}
	if a.Err != nil {
		return
	}
	if a.Before != nil && e.Before == nil && e.After == nil {
		e.Before = sessionOf(rec.stage.engine, a.Before)
		e.After = e.Before // until it is changed
	}
	switch {
	case a.After != nil:
		e.After = sessionOf(rec.stage.engine, a.After)
	case a.Operation == "delete":
		e.After = nil
	}
}

// askedSince reports whether a statement ran since then: cached_db often answers without any.
func askedSince(e *record.Exchange, start time.Time) bool {
	return slices.ContainsFunc(e.Statements, func(st record.Statement) bool { return !st.Start.Before(start) })
}

// sessionOf returns a session as an engine keeps it. Data that is too large is left out.
func sessionOf(engine string, r *session.Record) *record.StoredSession {
	in := &record.StoredSession{Engine: engine, Key: r.Key, Raw: r.Raw[:min(len(r.Raw), record.MaxBody)], Expires: r.Expires}
	if data := r.Data.String(); len(data) <= record.MaxBody {
		in.Data = []byte(data)
	}
	return in
}

// literal returns an argument as an SQL literal. A very long one is cut and says so.
func literal(arg any) string {
	switch arg := arg.(type) {
	case nil:
		return "NULL"
	case string:
		if cut := len(arg) - record.MaxBody; cut > 0 {
			arg = arg[:record.MaxBody] + fmt.Sprintf("… (%d more bytes)", cut)
		}
		return "'" + strings.ReplaceAll(arg, "'", "''") + "'"
	case []byte:
		return fmt.Sprintf("x'%x'", arg[:min(len(arg), record.MaxBody)])
	case int, int64, float64, bool:
		return fmt.Sprint(arg)
	}
	return literal(fmt.Sprint(arg))
}
