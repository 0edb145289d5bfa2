package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"sessionlab/internal/member"
	"sessionlab/session"
)

// membersUsage is the usage line of members and its subcommands.
const membersUsage = `members [flags] [list]          list members
                  members [flags] add NAME        add a member, asking for the password
                  members [flags] passwd NAME     set a new password and end the member's sessions
                  members [flags] rm NAME         delete a member and the member's sessions, after asking`

// membersCommand implements sessionlab members and its subcommands.
func membersCommand(ctx context.Context, args []string, p process) error {
	var o options
	f := newFlags("members", membersUsage, p)
	f.dbFlag(&o)
	rest, err := f.parse(args, 0, 2)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		rest = []string{"list"}
	}
	want := map[string]int{"list": 1, "add": 2, "passwd": 2, "rm": 2}[rest[0]]
	if want == 0 {
		return usageError(p, "members: unknown subcommand %q; see sessionlab members -h", rest[0])
	}
	if len(rest) != want {
		return usageError(p, "members %s: wrong number of arguments; see sessionlab members -h", rest[0])
	}
	if rest[0] != "add" {
		if err := mustExist(o.db); err != nil {
			return err
		}
	}
	db, store, err := openSessions(ctx, o)
	if err != nil {
		return err
	}
	c := memberCommands{member.New(db, time.Now), store, p, bufio.NewReader(p.in)}
	switch rest[0] {
	case "list":
		err = c.list(ctx)
	case "add":
		err = c.add(ctx, rest[1])
	case "passwd":
		err = c.passwd(ctx, rest[1])
	case "rm":
		err = c.remove(ctx, rest[1])
	}
	if err != nil {
		err = fmt.Errorf("members %s: %s", strings.Join(rest, " "), explain(err))
	}
	return errors.Join(err, db.Close())
}

// memberCommands holds what the subcommands of members need.
type memberCommands struct {
	members  *member.Members
	sessions session.Store
	p        process
	lines    *bufio.Reader
}

// list prints a table of all members.
func (c memberCommands) list(ctx context.Context) error {
	all, err := c.members.List(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tSINCE")
	for _, m := range all {
		since := "-" // added by Django
		if !m.CreatedAt.IsZero() {
			since = m.CreatedAt.Local().Format("2006-01-02 15:04")
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", m.ID, m.Name, since)
	}
	return w.Flush()
}

// add asks for a password and adds a member.
func (c memberCommands) add(ctx context.Context, name string) error {
	password, err := c.askPassword(ctx)
	if err != nil {
		return err
	}
	m, err := c.members.Add(ctx, name, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.p.out, "%s is now a member\n", m.Name)
	return nil
}

// passwd asks for a new password and ends the member's sessions.
func (c memberCommands) passwd(ctx context.Context, name string) error {
	if _, err := c.members.ByName(ctx, name); err != nil {
		return err
	}
	password, err := c.askPassword(ctx)
	if err != nil {
		return err
	}
	keys, err := c.members.SetPassword(ctx, name, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.p.out, "%s has a new password\n", name)
	return c.endSessions(ctx, keys)
}

// remove asks for the name again and deletes the member and the member's sessions.
func (c memberCommands) remove(ctx context.Context, name string) error {
	m, err := c.members.ByName(ctx, name)
	if err != nil {
		return err
	}
	answer, err := c.ask(ctx, fmt.Sprintf("Delete %s and all of this member's sessions? Type the name to confirm: ", m.Name), false)
	if err != nil {
		return err
	}
	if answer != m.Name {
		return errors.New("nothing deleted")
	}
	keys, err := c.members.Delete(ctx, m.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.p.out, "%s is deleted\n", m.Name)
	return c.endSessions(ctx, keys)
}

// endSessions deletes sessions from the store.
func (c memberCommands) endSessions(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if err := c.sessions.Delete(ctx, key); err != nil && !errors.Is(err, session.ErrNotFound) {
			return err
		}
	}
	return nil
}

// askPassword asks for a password, twice at a terminal and once in a pipe.
func (c memberCommands) askPassword(ctx context.Context) (string, error) {
	password, err := c.ask(ctx, "Password: ", true)
	if err != nil || !c.interactive() {
		return password, err
	}
	again, err := c.ask(ctx, "Password again: ", true)
	if err != nil {
		return "", err
	}
	if password != again {
		return "", errors.New("the two passwords differ; nothing changed")
	}
	return password, nil
}

// interactive reports whether a person at a terminal answers.
func (c memberCommands) interactive() bool {
	in, ok := c.p.in.(*os.File)
	return ok && term.IsTerminal(int(in.Fd()))
}

// ask reads one line of input; at a terminal it prints the prompt first, and shows no secret.
func (c memberCommands) ask(ctx context.Context, prompt string, secret bool) (string, error) {
	read := func() (string, error) {
		line, err := c.lines.ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("no answer to %q", strings.TrimSpace(prompt))
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	if !c.interactive() {
		return read()
	}
	fmt.Fprint(c.p.err, prompt)
	terminal := int(c.p.in.(*os.File).Fd())
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	if secret {
		read = func() (string, error) {
			typed, err := term.ReadPassword(terminal)
			fmt.Fprintln(c.p.err)
			return string(typed), err
		}
	}
	// A read from the terminal cannot be interrupted. After Ctrl-C it is left behind, and the program ends.
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read()
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		return a.text, a.err
	case <-ctx.Done():
		fmt.Fprintln(c.p.err)
		return "", errors.Join(errors.New("interrupted: nothing changed"), term.Restore(terminal, before))
	}
}

// explain returns an error's text for the terminal, as a form would say it.
func explain(err error) string {
	var invalid *member.Invalid
	switch {
	case errors.Is(err, member.ErrNotFound):
		return "there is no member with this name"
	case errors.Is(err, member.ErrTaken):
		return "this name is taken (upper and lower case count as the same)"
	case errors.As(err, &invalid) && invalid.Name != "":
		return "this name is not allowed: " + strings.ReplaceAll(string(invalid.Name), "_", " ")
	case errors.As(err, &invalid):
		return "this password is not allowed: " + strings.ReplaceAll(string(invalid.Password), "_", " ")
	}
	return err.Error()
}
