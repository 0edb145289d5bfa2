package engines

// Findings holds what the experiment has found out about an engine.
type Findings struct {
	Survives, Shared Verdict // whether sessions survive a restart, and whether two servers share them
	Dies             Verdict // whether a copy of the cookie is dead after the logout
	Notices          Notice  // when it notices a deleted row
	Holds            Verdict // whether it can hold 5 KB

	Cookie, Stored int // bytes of a cookie's name and value, and of what the engine stores for a session
	Reads, Writes  *Cost
}

// Verdict is the answer to a question that the experiment tries out.
type Verdict string

// The verdicts.
const (
	Untried Verdict = ""
	Yes     Verdict = "yes"
	No      Verdict = "no"
)

// Notice says when an engine notices a row that somebody else deleted.
type Notice string

// The values of Notice.
const (
	AtOnce   Notice = "atonce"
	Later    Notice = "later" // within session.Fresh
	Never    Notice = "never"
	Nobody   Notice = "nobody" // nobody else can delete a row there
	NotTried Notice = ""
)
