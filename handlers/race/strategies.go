package race

import (
	"context"
	"errors"

	"sessionlab/session"
)

// racer is one request of an experiment of /session/race/: it adds one to the session's counter n and
// sets a name of its own there. It uses the experiment's session, never a visitor's.
type racer struct {
	ctx     context.Context
	store   session.Store
	key     string
	session *session.Session // the same session, as a handler gets it
	mark    string           // the request's own name
	work    func()           // what a handler does between reading and saving
}

// raceStrategies lists the ways to do it, by their names in the catalogue. The first is weak: only
// this laboratory uses it.
var raceStrategies = []struct {
	Name string
	run  func(racer) error
}{
	{"all", readThenSaveAll},
	{"merge", mergeKeyByKey},
	{"atomic", updateAtomically},
}

// readThenSaveAll saves everything it has read, with its changes, over whatever is stored by then.
func readThenSaveAll(r racer) error {
	read, err := r.store.Load(r.ctx, r.key)
	if err != nil {
		return err
	}
	n, _ := read.Data.Get("n")
	r.work()
	err = errors.Join(
		read.Data.Set("n", session.Int(n)+1),
		read.Data.Set(r.mark, true),
	)
	if err != nil {
		return err
	}
	return saveAll(r, read)
}

// saveAll replaces what is stored, or creates it again if it is gone.
func saveAll(r racer, all session.Record) error {
	replace := func(stored *session.Record) error {
		*stored = all
		return nil
	}
	_, err := r.store.Update(r.ctx, r.key, replace)
	if errors.Is(err, session.ErrNotFound) {
		_, err = r.store.Create(r.ctx, all)
	}
	return err
}

// mergeKeyByKey changes only the two names: whatever else is stored by then stays.
func mergeKeyByKey(r racer) error {
	n := r.session.GetInt("n")
	r.work()
	r.session.Set("n", n+1)
	r.session.Set(r.mark, true)
	return r.session.Save()
}

// updateAtomically says how to change the counter instead of giving its new value.
func updateAtomically(r racer) error {
	r.session.GetInt("n") // for the picture, since the other strategies read, too
	r.work()
	r.session.Set(r.mark, true)
	_, err := r.session.Update("n", func(old any) (any, error) { return session.Int(old) + 1, nil })
	return err
}
