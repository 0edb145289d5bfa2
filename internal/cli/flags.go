package cli

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// options holds the settings from flags and environment. A flag wins over its environment variable, which wins
// over the default.
type options struct {
	addr       string
	addrGiven  bool // if the user named a port, no other is tried
	db         string
	engine     string
	secretKeys list
	redis      list
	hashKeys   bool
	tlsCert    string
	tlsKey     string
	selfSigned bool
	hosts      list
	lang       string
	log        string
	open       bool
	json       bool

	redisOptions    *redis.UniversalOptions // from redis
	experimentRedis *redis.UniversalOptions // the same, or else the default server of this machine
}

// defaultAddr is the default of -addr. 7377 spells SESS on a phone's keys.
const defaultAddr = "localhost:7377"

// list is the value of a flag that may be given several times.
type list struct {
	values  []string
	fromEnv bool
}

// String implements flag.Value. It shows no values, because help must not print a secret key.
func (l *list) String() string { return "" }

// Set implements flag.Value. The first value from the command line replaces those from the environment.
func (l *list) Set(value string) error {
	if l.fromEnv {
		l.values, l.fromEnv = nil, false
	}
	l.values = append(l.values, value)
	return nil
}

// flagSet holds the flags of one command.
type flagSet struct {
	*flag.FlagSet
	p process
}

// newFlags returns an empty set of flags for a command. usage is shown above the flags by -h.
func newFlags(name, usage string, p process) *flagSet {
	f := &flagSet{flag.NewFlagSet(name, flag.ContinueOnError), p}
	f.SetOutput(p.err)
	f.Usage = func() {
		out := f.Output()
		fmt.Fprintf(out, "usage: sessionlab %s\n\n", usage)
		f.VisitAll(func(g *flag.Flag) {
			value, text := flag.UnquoteUsage(g)
			def := ""
			if g.DefValue != "" && g.DefValue != "false" {
				def = " (default " + g.DefValue + ")"
			}
			fmt.Fprintf(out, "  %-24s %s%s\n  %-24s %s\n", strings.TrimSpace("-"+g.Name+" "+value), text, def, "", envName(g.Name))
		})
	}
	return f
}

// parse reads the environment, then args. It returns the arguments that are not flags. There must be at least
// least and at most most of them.
func (f *flagSet) parse(args []string, least, most int) ([]string, error) {
	for _, arg := range args {
		if arg == "-h" || arg == "-help" || arg == "--help" {
			f.SetOutput(f.p.out) // help was asked for, so it is not an error
		}
	}
	var wrong error
	f.VisitAll(func(g *flag.Flag) {
		value := f.p.getenv(envName(g.Name))
		if value == "" {
			return
		}
		values := []string{value}
		several, isList := g.Value.(*list)
		if isList {
			values = strings.Fields(value)
		}
		for _, value := range values {
			if err := g.Value.Set(value); err != nil && wrong == nil {
				wrong = fmt.Errorf("%s: not a value for -%s", envName(g.Name), g.Name)
			}
		}
		if isList {
			several.fromEnv = true
		}
	})
	if wrong != nil {
		return nil, usageError(f.p, "%v", wrong)
	}
	silent := f.Usage
	f.Usage = func() {}
	rest, err := f.interspersed(args)
	if err == flag.ErrHelp {
		silent()
		return nil, err
	}
	if err != nil {
		return nil, errUsage // the flag package has printed what is wrong
	}
	if f.Lookup("secret-key") != nil && slices.Contains(f.Lookup("secret-key").Value.(*list).values, "") {
		return nil, usageError(f.p, "-secret-key: the key is empty, so anyone could sign with it")
	}
	if db := f.Lookup("db"); db != nil && db.Value.String() == "" {
		return nil, usageError(f.p, "-db: name a file, or :memory:")
	}
	if len(rest) < least || len(rest) > most {
		return nil, usageError(f.p, "%s: wrong number of arguments; see sessionlab %s -h", f.Name(), f.Name())
	}
	return rest, nil
}

// given reports whether the user set a value, even if it equals the default.
func (f *flagSet) given(name string) bool {
	found := f.p.getenv(envName(name)) != ""
	f.Visit(func(g *flag.Flag) { found = found || g.Name == name })
	return found
}

// interspersed allows flags after arguments: backup FILE -db X.
func (f *flagSet) interspersed(args []string) (rest []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}

// envName returns the environment variable of a flag.
func envName(flag string) string {
	return "SESSIONLAB_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// dbFlag adds -db, for commands that need the data.
func (f *flagSet) dbFlag(o *options) {
	f.StringVar(&o.db, "db", "sessionlab.db", "the SQLite `file`; :memory: keeps nothing")
}

// secretFlag adds -secret-key, for commands that read sessions.
func (f *flagSet) secretFlag(o *options) {
	f.Var(&o.secretKeys, "secret-key", "signs session data; if not given, a random key is kept in the data file.\n"+
		strings.Repeat(" ", 27)+"May be repeated: the others are older `keys` that still verify (in the environment: separated by spaces)")
}

// oneLine joins the lines of a text by spaces.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}
