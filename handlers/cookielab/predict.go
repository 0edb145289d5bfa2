package cookielab

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/http/httpguts"

	"sessionlab/cookie"
	"sessionlab/internal/stage/view"
	"sessionlab/internal/web"
)

// maxLines bounds the Set-Cookie lines of one prediction. Their total size is bounded by that of a
// form.
const maxLines = 1000

// question describes what to predict: a response from From sets lines, and then a request to To is
// made.
type question struct {
	From        string   `json:"from"`
	SetCookie   []string `json:"set_cookie"`
	To          string   `json:"to"`          // "" means From
	Profile     string   `json:"profile"`     // "" means rfc
	Method      string   `json:"method"`      // "" means GET
	Initiator   *string  `json:"initiator"`   // null: the user made the request
	Subresource bool     `json:"subresource"` // To is an image, a frame or a fetch of the initiator
	After       int64    `json:"after"`       // seconds between the response and the request

	from, to *url.URL
	profile  cookie.Profile
	request  cookie.Request
}

// PredictCookies predicts what a browser does with Set-Cookie lines and which cookies it then sends.
// It sets no cookies. HTML requests come from the lab page, which gets the part about the line typed
// there.
func (l *Lab) PredictCookies(c *gin.Context) error {
	if strings.HasPrefix(c.GetHeader("Accept"), gin.MIMEHTML) {
		return l.predictTyped(c)
	}
	q, err := readQuestion(c)
	if err != nil {
		return err
	}
	words := func(code cookie.Code) string {
		if code == "" {
			return ""
		}
		return l.site.Say(c, "cookie.reason."+string(code), nil)
	}
	now := l.now()
	jar := cookie.NewJar(q.profile, func() time.Time { return now })
	answer := prediction{Profile: q.profile.Name, Measured: q.profile.Measured, Verdicts: []verdict{}, Sent: []sentCookie{}}
	page := l.site.NewPage(c, "")
	for _, line := range q.SetCookie {
		set := jar.Set(q.from, toBytes(line), cookie.Request{})
		said := newVerdict(line, set, words)
		explained := view.Explain(toBytes(line), set, now, q.from)
		if said.Sentence, err = explained.In(page.T); err != nil {
			return err
		}
		answer.Verdicts = append(answer.Verdicts, said)
	}
	now = now.Add(time.Duration(q.After) * time.Second)
	header, cookies := jar.Header(q.to, q.request)
	answer.Cookie = fromBytes(header)
	for _, s := range cookies {
		answer.Sent = append(answer.Sent, sentCookie{Name: fromBytes(s.Cookie.Name), Sent: s.Sent, judgement: judge(s.Reason, words)})
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, answer)
	return nil
}

// readQuestion reads and checks a question. It ignores fields that it does not know.
func readQuestion(c *gin.Context) (*question, error) {
	body, err := io.ReadAll(c.Request.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, err
	}
	var q question
	if err != nil || json.Unmarshal(body, &q) != nil {
		return nil, wrongQuestion("json")
	}
	q.request = cookie.Request{Method: orElse(q.Method, http.MethodGet), Subresource: q.Subresource}
	var known bool
	q.profile, known = cookie.ProfileNamed(orElse(q.Profile, "rfc"))
	switch {
	case len(q.SetCookie) > maxLines:
		return nil, wrongQuestion("lines")
	case !known:
		return nil, wrongQuestion("profile")
	case !httpguts.ValidHeaderFieldName(q.request.Method): // a method is also such a token
		return nil, wrongQuestion("method")
	case q.After < 0 || q.After > maxAfter:
		return nil, wrongQuestion("after")
	}
	if q.from, err = webAddress(q.From); err != nil {
		return nil, err
	}
	if q.to, err = webAddress(orElse(q.To, q.From)); err != nil {
		return nil, err
	}
	if q.Initiator != nil {
		q.request.Initiator, err = webAddress(*q.Initiator)
	}
	return &q, err
}

func wrongQuestion(what string) error {
	return web.Explain(http.StatusBadRequest, "cookie.error."+what, nil)
}

// maxAfter is two years in seconds; no cookie is left by then.
const maxAfter = 2 * 365 * 24 * 60 * 60

func webAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, wrongQuestion("address")
	}
	return u, nil
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
