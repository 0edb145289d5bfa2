package database

import (
	"context"
	"strings"
	"testing"
)

func TestTrace(t *testing.T) {
	db := newFile(t)
	var seen []Statement
	ctx := WithTrace(context.Background(), func(s Statement) { seen = append(seen, s) })
	told := func() string {
		var names []string
		for _, s := range seen {
			names = append(names, strings.Fields(s.Query)[0])
			if s.Start.IsZero() || s.Duration <= 0 {
				t.Errorf("%s: started %v, took %v", s.Query, s.Start, s.Duration)
			}
		}
		seen = nil
		return strings.Join(names, " ")
	}
	if _, err := db.Exec(ctx, `INSERT INTO sessionlab_setting (name, value) VALUES (?, ?)`, "a", "1"); err != nil {
		t.Fatal(err)
	}
	if len(seen) == 0 || seen[0].Changed != 1 || len(seen[0].Args) != 2 || seen[0].Args[1] != "1" {
		t.Errorf("Exec told of %+v", seen)
	}
	if got := told(); got != "INSERT COMMIT" {
		t.Errorf("Exec told of %s", got)
	}
	err := db.Write(ctx, func(tx *Tx) error {
		var value string
		if err := tx.QueryRow(`SELECT value FROM sessionlab_setting WHERE name = ?`, "a").Scan(&value); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE sessionlab_setting SET value = ? WHERE name = ?`, value+"2", "a")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) == 3 && (seen[0].Changed != -1 || seen[1].Changed != 1 || seen[2].Shared != 1) {
		t.Errorf("Write told of %+v", seen)
	}
	if got := told(); got != "SELECT UPDATE COMMIT" {
		t.Errorf("Write told of %s", got)
	}
	if _, err := db.Exec(ctx, `INSERT INTO sessionlab_setting (name, value) VALUES (?, ?)`, "a", "3"); err == nil {
		t.Fatal("a second row of the same name")
	}
	if seen[0].Err == nil {
		t.Error("a failure was not told")
	}
	told()
	if err := db.Read(context.Background(), func(tx *Tx) error {
		var n int
		return tx.QueryRow(`SELECT 1`).Scan(&n)
	}); err != nil || len(seen) != 0 {
		t.Errorf("told of what nobody traced: %v, %v", seen, err)
	}
}
