// Package handlers has the pages of the tutorial, one file each, and a folder for each laboratory.
// Start reading at routes: it lists all pages in order.
package handlers

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/redis/go-redis/v9"

	"sessionlab/handlers/console"
	"sessionlab/handlers/cookielab"
	"sessionlab/handlers/engines"
	"sessionlab/handlers/expiry"
	"sessionlab/handlers/race"
	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/internal/stage"
	"sessionlab/internal/stage/pages"
	"sessionlab/internal/stage/record"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/visitor"
	"sessionlab/internal/web"
	"sessionlab/session"
	"sessionlab/session/ginsession"
)

// tour lists the tutorial's pages in reading order.
var tour = []web.Stop{
	{Path: "/", Name: "home"},
	{Path: "/stateless/", Name: "stateless", Chapter: 1},
	{Path: "/cookie/", Name: "cookie", Chapter: 2},
	{Path: "/cookie/browser/", Name: "cookie-browser", Chapter: 2},
	{Path: "/cookie/attributes/", Name: "cookie-attributes", Chapter: 2},
	{Path: "/cookie/lab/", Name: "cookielab", Chapter: 2},
	{Path: "/cookie/sites/", Name: "cookielab-sites", Chapter: 2},
	{Path: "/cookie/limits/", Name: "cookielab-limits", Chapter: 2},
	{Path: "/session/", Name: "session", Chapter: 3},
	{Path: "/session/code/", Name: "session-code", Chapter: 3},
	{Path: "/session/table/", Name: "session-table", Chapter: 3},
	{Path: "/session/operations/", Name: "session-operations", Chapter: 3},
	{Path: "/session/console/", Name: "console", Chapter: 3},
	{Path: "/session/expiry/", Name: "expiry", Chapter: 3},
	{Path: "/session/engines/", Name: "engines", Chapter: 3},
	{Path: "/session/race/", Name: "race", Chapter: 3},
	{Path: "/online/register/", Name: "register", Chapter: 4},
	{Path: "/online/login/", Name: "login", Chapter: 4},
	{Path: "/online/index/", Name: "index", Chapter: 4},
	{Path: "/online/account/", Name: "account", Chapter: 4},
	{Path: "/online/logout/", Name: "logout", Chapter: 4},
}

// Config holds what a lab is built from. All fields except Hosts, Lang and NewRedis are required.
type Config struct {
	Files    fs.FS            // templates, static, lessons, handlers
	Database *database.DB     // which /healthz checks
	Sessions session.Store    // where sessions are kept
	Engine   string           // its name, as given to -session-engine
	Members  *member.Members  // who may log in
	Hosts    []string         // more host names to answer to
	Lang     string           // "zh", "en", or "" for what the browser asks for
	Log      *slog.Logger     // one line per request, and what went wrong
	Now      func() time.Time // the clock
	Version  string           // the lab's, for its exports

	NewRedis func() redis.UniversalClient // a client for experiments; the server may not be running
}

// Lab is the tutorial with its laboratories and the stage. It is safe for concurrent use.
type Lab struct {
	config Config
	site   *web.Site
	stage  *stage.Stage

	counters  *counters
	online    *online
	cookielab *cookielab.Lab
	console   *console.Lab
	expiry    *expiry.Lab
	engines   *engines.Lab
	race      *race.Lab
}

// New builds a lab. It fails if a template or catalogue cannot be read. Before serving, see Attach
// and Listener; call Close at the end.
func New(config Config) (*Lab, error) {
	site, err := web.NewSite(web.Options{
		Files: config.Files, Tour: tour, Funcs: view.Funcs(), Hosts: config.Hosts, Lang: config.Lang, Engine: config.Engine,
		InCookie: !session.CanRevoke(config.Sessions), Log: config.Log, Now: config.Now, Note: stage.NoteHandler, PageToken: stage.PageToken,
	})
	if err != nil {
		return nil, err
	}
	l := &Lab{
		config: config, site: site,
		online:    &online{site, config.Sessions, config.Members},
		cookielab: cookielab.New(site, config.Version, config.Log, config.Now),
		console:   console.New(site, config.Sessions, config.Engine, config.Members, config.Now),
		expiry:    expiry.New(site, config.Now),
		engines:   engines.New(site, config.NewRedis, config.Now),
		race:      race.New(site, config.Sessions, config.Now),
	}
	l.stage = stage.Open(config.Engine, config.Sessions, l.source, config.Now)
	l.stage.Welcome(l.cookielab.VisitorOf)
	l.counters = &counters{site, config.Sessions, config.Now, l.stage.LastOf}
	return l, nil
}

// Routes returns the handler for all addresses, wrapped by the stage.
func (l *Lab) Routes() http.Handler {
	all := l.stage.Wrap(l.routes())
	l.cookielab.Serve(all, l.Listener)
	return all
}

// routes lists the pages in reading order.
func (l *Lab) routes() http.Handler {
	r := web.NewRouter(l.site,
		ginsession.Middleware(l.config.Sessions, l.config.Now, l.site.Fail),
		visitor.Middleware(l.stage, l.online.loggedIn, l.cookielab, l.console, l.expiry, l.engines, l.race))

	r.Page("/", l.counters.ShowContents)
	r.POST("/", l.counters.FirstCookie)

	r.Page("/stateless/", l.counters.ShowStateless)

	r.Page("/cookie/", l.counters.ShowAddCookie)
	r.POST("/cookie/", l.counters.AddCookie)
	r.Script(http.MethodGet, "/get_add_cookie", l.counters.GetAddCookie)
	r.Script(http.MethodGet, "/get_add_cookie/", l.counters.GetAddCookie)
	r.Page("/cookie/browser/", l.counters.ShowBrowser)
	r.POST("/cookie/browser/", l.counters.AddCookie)
	r.Page("/cookie/attributes/", l.counters.ShowAttributes)
	r.POST("/cookie/attributes/", l.counters.TryAttributes)
	l.cookielab.Routes(r) // /cookie/lab/, /cookie/sites/, /cookie/limits/

	r.Page("/session/", l.counters.ShowAddSession)
	r.POST("/session/", l.counters.AddSession)
	r.Script(http.MethodGet, "/get_add_session", l.counters.GetAddSession)
	r.Script(http.MethodGet, "/get_add_session/", l.counters.GetAddSession)
	r.Page("/session/code/", l.counters.ShowSessionCode)
	r.POST("/session/code/", l.counters.AddSession)
	r.Page("/session/table/", l.counters.ShowTable)
	r.POST("/session/table/", l.counters.AddSession)
	r.Page("/session/operations/", l.counters.ShowOperations)
	l.console.Routes(r) // /session/console/
	l.expiry.Routes(r)  // /session/expiry/
	l.engines.Routes(r) // /session/engines/
	l.race.Routes(r)    // /session/race/

	r.Page("/online/register/", l.online.ShowRegister)
	r.POST("/online/register/", l.online.Register)
	r.Page("/online/login/", l.online.ShowLogIn)
	r.POST("/online/login/", l.online.LogIn)
	r.Page("/online/index/", l.online.IndexView)
	r.Page("/online/account/", l.online.ShowAccount)
	r.POST("/online/account/password/", l.online.ChangePassword)
	r.POST("/online/account/sessions/", l.online.EndSessions)
	r.POST("/online/account/delete/", l.online.DeleteAccount)
	r.Page("/online/logout/", l.online.ShowLogOut)
	r.POST("/online/logout/", l.online.LogOut)

	pages.New(l.site, l.stage, l.config.Version).Routes(r) // /stage/

	r.POST("/lang", l.site.ChooseLanguage)
	r.Script(http.MethodGet, "/healthz", web.Health(l.check))
	r.GET("/static/*file", l.site.ServeAsset)
	r.HEAD("/static/*file", l.site.ServeAsset)

	return gzhttp.GzipHandler(stage.Inside(r))
}

// Attach makes a server that has not been started report its connections to the lab. When the server
// shuts down, the lab ends its open streams, which the server would otherwise wait for.
func (l *Lab) Attach(server *http.Server) {
	number := countConnections()
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return stage.ConnContext(number(ctx, c), c)
	}
	server.ConnState = stage.ConnState
	server.RegisterOnShutdown(l.stage.Close)
	server.RegisterOnShutdown(l.cookielab.Close)
}

// Listener returns inner with what the stage and the lab's error pages need from its connections.
func (l *Lab) Listener(inner net.Listener) net.Listener {
	return stage.Listener(l.site.Listener(inner))
}

// Close deletes the visitors' experiments. Call it when no request is in flight any more.
func (l *Lab) Close() error { return errors.Join(l.expiry.Close(), l.engines.Close()) }

// source returns where a handler can be read, or nothing if no page shows it.
func (l *Lab) source(function string) record.Source {
	code, err := l.site.Code(function)
	if err != nil {
		return record.Source{}
	}
	return record.Source{File: code.File, Lines: [2]int{code.First, code.Last}}
}

// check returns why the lab cannot do its work: read its data, get its turn to write, and reach the
// session store. It returns nil if it can.
func (l *Lab) check(ctx context.Context) error {
	if err := l.config.Database.Check(ctx); err != nil {
		return err
	}
	// Deleting a session that does not exist needs all that a write needs, and changes nothing.
	return l.config.Sessions.Delete(ctx, "healthz")
}
