package django

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The lab joins an existing Django project, which continues to work.
func TestProject(t *testing.T) {
	findPython(t)
	db := filepath.Join(t.TempDir(), "db.sqlite3")
	django := startDjango(t, db)
	django.do("manage", "migrate", "contenttypes")
	django.do("manage", "migrate", "auth")
	django.do("manage", "migrate", "sessions")
	django.do("manage", "migrate", "online", "0001") // the second one is applied while the lab uses the file
	django.do("add_user", "admin", "correct horse")
	django.do("add_member", "grace", "correct horse")
	visitor := ask[string](django, "create", `{"res":41,"cart":[{"price":1.50}]}`)
	ask[string](django, "create", `{"IS_LOGIN":true,"username":"grace"}`, 3600)

	file := openFile(t, db)
	schema, rows := wholeSchema(t, file), wholeContent(t, file)
	lab := startLab(t, db)

	// Joining adds tables and changes nothing else.
	for name, text := range wholeSchema(t, file) {
		if strings.HasPrefix(name, "sessionlab_") || strings.HasPrefix(name, "sqlite_autoindex_sessionlab_") {
			continue
		}
		if schema[name] != text {
			t.Errorf("the lab made of %s:\n%q, it was\n%q", name, text, schema[name])
		}
		delete(schema, name)
	}
	if len(schema) > 0 {
		t.Errorf("the lab dropped %v", slices.Sorted(maps.Keys(schema)))
	}
	keepsRows(t, file, rows)
	if own := names(t, file, "type = 'table' AND name LIKE 'sessionlab_%'"); len(own) == 0 {
		t.Error("the lab has no tables")
	}
	if header := query(t, file, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"); header[0] == "0 0 " {
		t.Error("the lab did not mark the file, which Django must bear")
	}

	// Both use the file; whatever is neither a session nor a member stays unchanged.
	b := lab.browserWith(visitor)
	b.count(42)
	b.register("ada", "correct horse")
	b.logIn(http.StatusSeeOther, "ada", "correct horse")
	b.post(http.StatusSeeOther, "/online/logout/")
	lab.browser().count(1)
	delete(rows, "django_session")
	keepsRows(t, file, rows)
	if !ask[bool](django, "user_is", "admin", "correct horse") {
		t.Error("Django's user cannot log in")
	}
	django.do("add_user", "second", "correct horse")
	delete(rows, "auth_user")

	// The project develops: this migration makes a new table of members and copies the old one.
	django.do("manage", "migrate")
	django.do("manage", "migrate", "--check")
	django.do("manage", "makemigrations", "--check", "--dry-run")
	django.do("manage", "check", "--database", "default")
	keepsRows(t, file, map[string][]string{"online_member": rows["online_member"]})
	for _, name := range []string{"ada", "grace"} {
		lab.browser().logIn(http.StatusSeeOther, name, "correct horse")
		if !ask[bool](django, "member_is", name, "correct horse") {
			t.Errorf("%s is no member to Django", name)
		}
	}
	lab.browser().register("edsger", "correct horse")
	if said := lab.command("members"); !strings.Contains(said, "edsger") || !strings.Contains(said, "grace") {
		t.Errorf("the members are\n%s", said)
	}
	wantSound(t, db)
}

// Django joins an existing lab and adopts the tables that it finds.
func TestMigrateLabFile(t *testing.T) {
	lab, django := both(t)
	b := lab.browser()
	b.count(1)
	b.register("ada", "correct horse")
	django.do("manage", "migrate", "--fake-initial")
	django.do("manage", "migrate", "--check")
	django.do("manage", "check", "--database", "default")
	django.do("add_user", "admin", "correct horse")
	b.count(2)
	b.logIn(http.StatusSeeOther, "ada", "correct horse")
	b.count(3)
	if !ask[bool](django, "member_is", "ada", "correct horse") || !ask[bool](django, "exists", b.key()) {
		t.Error("Django does not see the lab's member and session")
	}
	if again := startLab(t, lab.db); again.browserWith(b.key()).get("/online/index/").status != http.StatusOK {
		t.Error("a lab started on the file afterwards does not know who is logged in")
	}
	wantSound(t, lab.db)
}

// query returns the rows of a query, each as one text.
func query(t *testing.T, file *sql.DB, text string) []string {
	t.Helper()
	rows, err := file.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var line strings.Builder
		for _, value := range values {
			fmt.Fprintf(&line, "%#v ", *value.(*any))
		}
		all = append(all, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// wholeSchema returns what sqlite_schema holds about each table and index, by name.
func wholeSchema(t *testing.T, file *sql.DB) map[string]string {
	t.Helper()
	schema := map[string]string{}
	for _, name := range names(t, file, "1") {
		schema[name] = strings.Join(query(t, file, `SELECT type, tbl_name, sql FROM sqlite_schema WHERE name = '`+name+`'`), "\n")
	}
	return schema
}

// wholeContent returns all rows of every table, by the table's name.
func wholeContent(t *testing.T, file *sql.DB) map[string][]string {
	t.Helper()
	content := map[string][]string{}
	for _, table := range names(t, file, "type = 'table' AND name <> 'sqlite_sequence'") {
		content[table] = query(t, file, `SELECT * FROM "`+table+`"`)
	}
	return content
}

// names returns the names of the tables and indexes that fulfil a condition.
func names(t *testing.T, file *sql.DB, which string) []string {
	t.Helper()
	var list []string
	for _, name := range query(t, file, "SELECT name FROM sqlite_schema WHERE "+which) {
		list = append(list, strings.Trim(name, `" `)) // query quotes
	}
	return list
}

// keepsRows wants the tables to still hold these rows, and Django's own tables to hold no others.
func keepsRows(t *testing.T, file *sql.DB, rows map[string][]string) {
	t.Helper()
	for table, want := range rows {
		got := query(t, file, `SELECT * FROM "`+table+`"`)
		if table == "online_member" {
			got = got[:min(len(got), len(want))] // both sides may have added some
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s holds\n%s\nit held\n%s", table, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
