package hubspotsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/tieout/tieout/sandbox"
)

// An account is the body of the account information, and the zone from which
// its offset is told when the dataset does not tell it.
type account struct {
	members map[string]json.RawMessage
	zone    *time.Location
}

// loadAccount reads account.json and fills in what it leaves out ("Account
// information" specification: the members, and the types of account).
func (p *Portal) loadAccount(ds *sandbox.Dataset) error {
	members := map[string]json.RawMessage{
		"portalId":             json.RawMessage("62515"),
		"accountType":          json.RawMessage(`"STANDARD"`),
		"timeZone":             json.RawMessage(`"UTC"`),
		"companyCurrency":      json.RawMessage(`"USD"`),
		"additionalCurrencies": json.RawMessage("[]"),
		"uiDomain":             json.RawMessage(`"app.hubspot.com"`),
		"dataHostingLocation":  json.RawMessage(`"na1"`),
	}
	raw, err := ds.HubSpotAccount()
	if err != nil {
		return err
	}
	if raw != nil {
		if err := json.Unmarshal(raw, &members); err != nil {
			return fmt.Errorf("account.json: %w", err)
		}
	}
	var name string
	if err := json.Unmarshal(members["timeZone"], &name); err != nil {
		return fmt.Errorf("account.json: timeZone: %w", err)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return fmt.Errorf("account.json: timeZone: %w", err)
	}
	p.account = account{members, zone}
	return nil
}

// details answers GET /account-info/{version}/details.
func (p *Portal) details(*call) (reply, error) {
	now := p.now().In(p.account.zone)
	_, seconds := now.Zone()
	members := map[string]json.RawMessage{
		"utcOffset":             json.RawMessage(now.Format(`"-07:00"`)),
		"utcOffsetMilliseconds": fmt.Appendf(nil, "%d", seconds*1000),
	}
	maps.Copy(members, p.account.members)
	body, err := json.Marshal(members)
	return reply{200, body}, err
}
