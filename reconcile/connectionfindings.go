package reconcile

import "fmt"

// connectionFindings raises CONNECTION_UNAUTHORIZED for a connection that cannot be
// used any more, and TOKEN_EXPIRING for one that soon cannot. A system that somebody
// disconnected, or that a token of the configuration reaches, is no finding.
func (c *Comparison) connectionFindings() {
	for _, conn := range c.in.Connections {
		f := Finding{
			Subject: subject(conn.System, "connection", conn.CompanyID), System: conn.System, Record: conn.CompanyID,
		}
		switch conn.At(c.in.AsOf) {
		case NeedsReconnect:
			f.Code, f.Field, f.Cause = ConnectionUnauthorized, "connection", conn.Problem
			if f.Cause == "" {
				f.Cause = "the sign-in has expired"
			}
			f.Message = fmt.Sprintf("%s %s needs reconnect: %s; run: tieout connect %s", conn.System.Title(), conn.CompanyID, f.Cause, conn.System)
		case Expiring:
			f.Code, f.Field = TokenExpiring, "refresh_token"
			f.Cause = fmt.Sprintf("the sign-in ends on %s", conn.Expires().In(c.s.Location()).Format("2006-01-02"))
			f.Message = fmt.Sprintf("%s %s has to be connected again within %d days: %s; run: tieout connect %s",
				conn.System.Title(), conn.CompanyID, conn.Warning(c.in.AsOf), f.Cause, conn.System)
		default:
			continue
		}
		f.RootCause = string(f.Code) + ":" + string(conn.System)
		f.Amount.Currency = c.m.Company(c.src).Currency
		c.emit(f)
	}
}
