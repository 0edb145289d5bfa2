package cookie

// Code names a reason. Those that Chromium's DevTools know have their name.
type Code string

// Why a line is not kept.
const (
	ReasonDisallowedCharacter         Code = "DisallowedCharacter"
	ReasonNameValuePairExceedsMaxSize Code = "NameValuePairExceedsMaxSize"
	ReasonNoCookieContent             Code = "NoCookieContent"
	ReasonInvalidDomain               Code = "InvalidDomain"
	ReasonInvalidPrefix               Code = "InvalidPrefix"
	ReasonInvalidPartitioned          Code = "InvalidPartitioned"
	ReasonSameSiteNoneInsecure        Code = "SameSiteNoneInsecure"
	ReasonOverwriteSecure             Code = "OverwriteSecure"
	ReasonOverwriteHTTPOnly           Code = "OverwriteHttpOnly"      // by a script
	ReasonAmbiguousSerialization      Code = "AmbiguousSerialization" // without a name, and with "=" in the value
)

// Why a cookie is not sent, and some of them also why it is not kept.
const (
	ReasonSecureOnly                               Code = "SecureOnly"
	ReasonHTTPOnly                                 Code = "HttpOnly" // a script asked
	ReasonNotOnPath                                Code = "NotOnPath"
	ReasonDomainMismatch                           Code = "DomainMismatch"
	ReasonSameSiteStrict                           Code = "SameSiteStrict"
	ReasonSameSiteLax                              Code = "SameSiteLax"
	ReasonSameSiteUnspecifiedTreatedAsLax          Code = "SameSiteUnspecifiedTreatedAsLax"
	ReasonSchemefulSameSiteStrict                  Code = "SchemefulSameSiteStrict"
	ReasonSchemefulSameSiteLax                     Code = "SchemefulSameSiteLax"
	ReasonSchemefulSameSiteUnspecifiedTreatedAsLax Code = "SchemefulSameSiteUnspecifiedTreatedAsLax"
	ReasonPartitionMismatch                        Code = "PartitionMismatch"
	ReasonUserPreferences                          Code = "UserPreferences" // no cookies in pages of other sites
)

// Why a part of a line counts for nothing, while the cookie is kept.
const (
	ReasonAttributeValueExceedsMaxSize Code = "AttributeValueExceedsMaxSize"
	ReasonInvalidExpires               Code = "InvalidExpires"
	ReasonInvalidMaxAge                Code = "InvalidMaxAge"
	ReasonInvalidPath                  Code = "InvalidPath"
	ReasonInvalidSameSite              Code = "InvalidSameSite"
	ReasonUnknownAttribute             Code = "UnknownAttribute"
	ReasonEmptyAttribute               Code = "EmptyAttribute"
	ReasonOverridden                   Code = "Overridden"
	ReasonExpiresOverridden            Code = "ExpiresOverridden"
)

// Codes are all of them, for those who have words for each.
func Codes() []Code {
	return []Code{
		ReasonDisallowedCharacter, ReasonNameValuePairExceedsMaxSize, ReasonNoCookieContent, ReasonInvalidDomain, ReasonInvalidPrefix,
		ReasonInvalidPartitioned, ReasonSameSiteNoneInsecure, ReasonOverwriteSecure, ReasonOverwriteHTTPOnly, ReasonAmbiguousSerialization,
		ReasonSecureOnly, ReasonHTTPOnly, ReasonNotOnPath, ReasonDomainMismatch, ReasonSameSiteStrict, ReasonSameSiteLax,
		ReasonSameSiteUnspecifiedTreatedAsLax, ReasonSchemefulSameSiteStrict, ReasonSchemefulSameSiteLax,
		ReasonSchemefulSameSiteUnspecifiedTreatedAsLax, ReasonPartitionMismatch, ReasonUserPreferences,
		ReasonAttributeValueExceedsMaxSize, ReasonInvalidExpires, ReasonInvalidMaxAge, ReasonInvalidPath, ReasonInvalidSameSite,
		ReasonUnknownAttribute, ReasonEmptyAttribute, ReasonOverridden, ReasonExpiresOverridden,
	}
}

// Section is where draft 22 has the rule, "" if the rule is not the draft's.
func (c Code) Section() string {
	switch c {
	case ReasonDisallowedCharacter, ReasonNameValuePairExceedsMaxSize, ReasonAttributeValueExceedsMaxSize,
		ReasonUnknownAttribute, ReasonEmptyAttribute:
		return "5.6"
	case ReasonInvalidExpires:
		return "5.6.1"
	case ReasonInvalidMaxAge:
		return "5.6.2"
	case ReasonInvalidPath:
		return "5.6.4"
	case ReasonInvalidSameSite:
		return "5.6.7"
	case ReasonNoCookieContent, ReasonInvalidDomain, ReasonInvalidPrefix, ReasonSameSiteNoneInsecure,
		ReasonOverwriteSecure, ReasonOverwriteHTTPOnly, ReasonOverridden, ReasonExpiresOverridden:
		return "5.7"
	case ReasonHTTPOnly, ReasonNotOnPath, ReasonDomainMismatch, ReasonSecureOnly, ReasonSameSiteStrict,
		ReasonSameSiteLax, ReasonSameSiteUnspecifiedTreatedAsLax, ReasonSchemefulSameSiteStrict,
		ReasonSchemefulSameSiteLax, ReasonSchemefulSameSiteUnspecifiedTreatedAsLax:
		return "5.8.3"
	}
	return ""
}
