// Package handlers has the pages of the lab, one file per page in the order of
// the tutorial. Read [Lab.Routes] first: it is the table of contents.
package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/klauspost/compress/gzhttp"
	"github.com/redis/go-redis/v9"

	"sessionlab/console"
	"sessionlab/experiment"
	"sessionlab/internal/database"
	"sessionlab/internal/member"
	"sessionlab/internal/prose"
	"sessionlab/internal/stage"
	"sessionlab/session"
	"sessionlab/session/ginsession"
	"sessionlab/trial"
)

// Config is what a lab is built from. All fields but Hosts, Lang and NewRedis are needed.
type Config struct {
	Files    fs.FS            // templates, static, lessons, handlers
	Database *database.DB     // what /healthz asks
	Sessions session.Store    // where sessions are kept
	Engine   string           // its name, as -session-engine has it
	Members  *member.Members  // who may log in
	Hosts    []string         // further host names to answer to
	Lang     string           // "zh", "en", or "" for what the browser asks for
	Log      *slog.Logger     // a line a request, and what went wrong
	Now      func() time.Time // the clock
	Version  string           // the lab's, for what it exports

	NewRedis func() redis.UniversalClient // a client for experiments, whose server may not be there
}

// Lab answers requests. It is safe for use by many goroutines at once.
type Lab struct {
	Config
	pages    *pages
	assets   *assets
	texts    *texts
	book     *prose.Book
	hosts    map[string]bool
	origins  *http.CrossOriginProtection
	stage    *stage.Stage
	bench    *experiment.Bench
	races    *races
	lives    *trial.Shelf[*trial.Expiry]
	engines  *trial.Shelf[*trial.Engines]
	trials   chan struct{} // holds something for each experiment that measures
	consoles *console.Histories

	neighbour *neighbour
	instance  string          // by which the lab knows itself under another name
	folders   map[string]bool // addresses that end in a slash, see notFound
	scripts   map[string]bool // addresses that answer scripts, see answerJSON
}

// New builds a lab, and fails when a template or catalogue cannot be read. See Attach and Listener
// for what else a server needs; Close comes last.
func New(config Config) (*Lab, error) {
	l := &Lab{Config: config, hosts: knownHosts(config.Hosts), origins: http.NewCrossOriginProtection(), folders: map[string]bool{}, scripts: map[string]bool{}}
	var err error
	if l.texts, err = newTexts(config.Files); err != nil {
		return nil, err
	}
	l.stage = stage.Open(config.Engine, l.source, config.Now)
	l.stage.Welcome(l.visitorOfRun)
	l.bench, l.instance, l.neighbour = experiment.NewBench(config.Now), rand.Text(), &neighbour{lab: l}
	l.origins.AddInsecureBypassPattern("/try/") // other sites' requests are what is tried there; they change nothing
	l.consoles = console.NewHistories(config.Now)
	l.lives = trial.NewShelf[*trial.Expiry](maxLives, config.Now)
	l.engines = trial.NewShelf[*trial.Engines](maxEngines, config.Now)
	l.trials = make(chan struct{}, maxTrials)
	l.races = newRaces(config.Sessions, config.Now)
	l.book = prose.New(config.Files, l.texts.text, map[string]string{"engine": config.Engine})
	if l.assets, err = newAssets(config.Files); err != nil {
		return nil, err
	}
	if l.pages, err = newPages(config.Files, l.assets); err != nil {
		return nil, err
	}
	return l, nil
}

// Attach makes a server that is not started yet tell the lab of its connections, and end the streams
// of those who look when it is shut down: it would wait for them.
func (l *Lab) Attach(server *http.Server) {
	number := countConnections()
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return stage.ConnContext(number(ctx, c), c)
	}
	server.ConnState = stage.ConnState
	server.RegisterOnShutdown(l.stage.Close)
	server.RegisterOnShutdown(l.neighbour.close)
}

// Close deletes the visitors' experiments, once no request is in flight any more.
func (l *Lab) Close() error { return errors.Join(l.lives.Close(), l.engines.Close()) }

// Routes returns the handler of all addresses, with the stage around it.
func (l *Lab) Routes() http.Handler {
	l.neighbour.next = l.stage.Wrap(l.routes())
	return l.neighbour.next
}

// routes has what happens to every request on its way, then the pages.
func (l *Lab) routes() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.RedirectTrailingSlash = false // gin's believes X-Forwarded-Prefix; see notFound
	r.HandleMethodNotAllowed = true
	r.SetTrustedProxies(nil) // the peer is who is connected, whatever a header says

	r.Use(l.logRequests, l.answerJSON, l.recoverPanics, l.securityHeaders, l.limitSizes, l.guardHost, l.guardOrigin, l.forgetCookies,
		ginsession.Middleware(l.Sessions, l.Now, l.fail))
	r.NoRoute(l.handle(l.notFound))
	r.NoMethod(l.handle(l.methodNotAllowed))

	l.page(r, "/", l.ShowContents)

	l.page(r, "/stateless/", l.ShowStateless)

	l.page(r, "/cookie/", l.ShowAddCookie)
	r.POST("/cookie/", l.handle(l.AddCookie))
	l.script(r, http.MethodGet, "/get_add_cookie", l.GetAddCookie)
	l.script(r, http.MethodGet, "/get_add_cookie/", l.GetAddCookie)

	l.page(r, "/cookie/lab/", l.ShowCookieLab)
	r.POST("/cookie/lab/", l.handle(l.SendLine))
	r.POST("/cookie/lab/delete", l.handle(l.DeleteTried))
	l.script(r, http.MethodPost, "/cookie/lab/predict", l.PredictCookies)

	l.page(r, "/cookie/sites/", l.ShowCookieSites)

	l.page(r, "/cookie/limits/", l.ShowCookieLimits)
	r.POST("/cookie/limits/", l.handle(l.ComparePassport))
	r.GET("/cookie/limits/passport.json", l.handle(l.SavePassport))

	r.POST("/cookie/run", l.handle(l.StartRun))
	l.script(r, http.MethodPost, "/cookie/run/next", l.NextStep)
	r.POST("/cookie/run/stop", l.handle(l.StopRun))
	l.script(r, http.MethodGet, "/cookie/run/here", l.Here)
	r.GET("/try/*path", l.handle(l.Try))
	r.POST("/try/*path", l.handle(l.Try))

	l.page(r, "/session/", l.ShowAddSession)
	r.POST("/session/", l.handle(l.AddSession))
	l.script(r, http.MethodGet, "/get_add_session", l.GetAddSession)
	l.script(r, http.MethodGet, "/get_add_session/", l.GetAddSession)

	l.page(r, "/session/console/", l.ShowConsole)
	r.POST("/session/console/", l.handle(l.UseConsole))
	l.script(r, http.MethodPost, "/session/console/:op", l.OperateConsole)
	r.GET("/session/console/copy", l.handle(l.CopyConsole))

	l.page(r, "/session/expiry/", l.ShowExpiry)
	r.POST("/session/expiry/", l.handle(l.TryExpiry))
	l.page(r, "/session/engines/", l.ShowEngines)
	r.POST("/session/engines/", l.handle(l.TryEngines))

	l.page(r, "/session/race/", l.ShowRace)
	r.POST("/session/race/", l.handle(l.RunRace))
	l.script(r, http.MethodPost, "/session/race/open", l.OpenRace)
	r.POST("/session/race/increment", l.handle(l.RaceIncrement))
	r.POST("/session/race/close", l.handle(l.CloseRace))
	r.POST("/session/race/logout", l.handle(l.RaceLogout))
	l.script(r, http.MethodPost, "/session/race/logout/open", l.OpenLogout)
	r.POST("/session/race/logout/slow", l.handle(l.SlowRequest))
	r.POST("/session/race/logout/out", l.handle(l.LogOutMeanwhile))
	r.POST("/session/race/logout/close", l.handle(l.CloseLogout))

	l.page(r, "/online/register/", l.ShowRegister)
	r.POST("/online/register/", l.handle(l.Register))
	l.page(r, "/online/login/", l.ShowLogIn)
	r.POST("/online/login/", l.handle(l.LogIn))
	l.page(r, "/online/index/", l.IndexView)
	l.page(r, "/online/logout/", l.ShowLogOut)
	r.POST("/online/logout/", l.handle(l.LogOut))

	l.page(r, "/online/account/", l.ShowAccount)
	r.POST("/online/account/password/", l.handle(l.ChangePassword))
	r.POST("/online/account/sessions/", l.handle(l.EndSessions))
	r.POST("/online/account/delete/", l.handle(l.DeleteAccount))

	l.page(r, "/stage/", l.ShowStage)
	l.page(r, "/stage/exchange/:id/", l.ShowExchange)
	l.page(r, "/stage/held/:id/", l.ShowHeld)
	r.GET("/stage/enter", l.handle(l.EnterStage))
	r.GET("/stage/events", l.handle(l.StageEvents))
	r.POST("/stage/hold", l.handle(l.HoldNext))
	r.GET("/stage/har", l.handle(l.StageHAR))
	r.GET("/stage/exchange/:id/copy", l.handle(l.CopyExchange))
	r.POST("/stage/held/:id/", l.handle(l.ReleaseHeld))
	r.POST("/stage/send", l.handle(l.SendExchange))
	r.POST("/stage/clear", l.handle(l.ClearStage))

	r.POST("/lang", l.handle(l.ChooseLanguage))
	l.script(r, http.MethodGet, "/healthz", l.Health)
	r.GET("/static/*file", l.handle(l.assets.serve))
	r.HEAD("/static/*file", l.handle(l.assets.serve))
	return gzhttp.GzipHandler(stage.Inside(r))
}

// page routes a page that can be looked at without changing anything.
func (l *Lab) page(r *gin.Engine, path string, h handler) {
	l.folders[path] = true
	r.GET(path, l.greet, l.handle(h))
	r.HEAD(path, l.greet, l.handle(h))
}

// script routes an address that answers a script in JSON, whatever it accepts.
func (l *Lab) script(r *gin.Engine, method, path string, h handler) {
	l.scripts[path] = true
	r.Handle(method, path, l.handle(h))
}
