package hubspotsim

import (
	"encoding/json"
	"errors"
	"net/http"
)

// maxAssociations is how many pairs one request may associate or take apart
// ("Associations" page).
const maxAssociations = 2000

// A pairInput is one pair of an association batch.
type pairInput struct {
	From  recordID          `json:"from"`
	To    recordIDs         `json:"to"`
	Types []associationSpec `json:"types"`
}

// A recordID names a record in a batch.
type recordID struct {
	ID text `json:"id"`
}

// recordIDs are one record, or a list of them where the batch takes apart.
type recordIDs []recordID

// UnmarshalJSON takes {id}, or a list of them.
func (ids *recordIDs) UnmarshalJSON(raw []byte) error {
	if isArray(raw) {
		return json.Unmarshal(raw, (*[]recordID)(ids))
	}
	*ids = make(recordIDs, 1)
	return json.Unmarshal(raw, &(*ids)[0])
}

// pairs reads the inputs of an association batch, one pair each.
func (c *call) pairs() ([]pairInput, error) {
	var in struct {
		Inputs []pairInput `json:"inputs"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := checkInputs(len(in.Inputs), in.Inputs == nil, maxAssociations); err != nil {
		return nil, err
	}
	var pairs []pairInput
	for _, input := range in.Inputs {
		for _, to := range input.To {
			pairs = append(pairs, pairInput{input.From, recordIDs{to}, input.Types})
		}
	}
	return pairs, checkInputs(len(pairs), false, maxAssociations)
}

// joinAll associates the pairs of a batch one by one. What HubSpot refuses stands
// among the errors, and takes nothing from the others.
func (p *Portal) joinAll(c *call, pairs []pairInput, show func([]byte, pairing) []byte) (results []byte, problems []*apiError) {
	for _, in := range pairs {
		j, err := p.joinable(direction{c.object, c.to}, string(in.From.ID), string(in.To[0].ID), in.Types)
		if err != nil {
			problems = append(problems, paired(err, in))
			continue
		}
		p.joins(j)
		results = show(separated(results), j)
	}
	return results, problems
}

// paired is a refusal with the records that it is about.
func paired(err error, in pairInput) *apiError {
	var refused *apiError
	errors.As(err, &refused) // all that joinable says
	e := *refused
	e.Context = map[string][]string{"fromObjectId": {string(in.From.ID)}, "toObjectId": {string(in.To[0].ID)}}
	for name, values := range refused.Context {
		e.Context[name] = values
	}
	return &e
}

// batchAssociate answers POST /crm/v4/associations/{from}/{to}/batch/create.
func (p *Portal) batchAssociate(c *call) (reply, error) {
	started := p.now()
	pairs, err := c.pairs()
	if err != nil {
		return reply{}, err
	}
	for _, in := range pairs {
		if len(in.Types) == 0 {
			return reply{}, invalid("Invalid input: at least one association type is required")
		}
	}
	results, problems := p.joinAll(c, pairs, func(b []byte, j pairing) []byte { return p.appendPair(b, c.version, j) })
	status := http.StatusCreated
	if c.version == september { // specifications
		status = http.StatusOK
	}
	return p.batchAnswer(c, status, results, problems, started)
}

// batchAssociateDefault answers POST .../batch/associate/default.
func (p *Portal) batchAssociateDefault(c *call) (reply, error) {
	started := p.now()
	pairs, err := c.pairs()
	if err != nil {
		return reply{}, err
	}
	results, problems := p.joinAll(c, pairs, appendBothWays)
	return p.batchReply(c, results, problems, started)
}

// batchDissociate answers POST .../batch/archive, which ends all that is between
// the records.
func (p *Portal) batchDissociate(c *call) (reply, error) {
	return p.partAll(c, false)
}

// batchUnlabel answers POST .../batch/labels/archive, which takes types away; the
// unlabelled one takes all others with it.
func (p *Portal) batchUnlabel(c *call) (reply, error) {
	return p.partAll(c, true)
}

// partAll takes the pairs of a batch apart. The answer is 204 on v4 and 200 with a
// body on the dated versions (specifications).
func (p *Portal) partAll(c *call, typed bool) (reply, error) {
	started := p.now()
	pairs, err := c.pairs()
	if err != nil {
		return reply{}, err
	}
	d := direction{c.object, c.to}
	ends := make([]pairing, len(pairs))
	for i, in := range pairs {
		ends[i] = pairing{direction: d, id: string(in.From.ID), neighbour: string(in.To[0].ID)}
		if err := p.pairEdit(ends[i], false); err != nil {
			return reply{}, err
		}
		if !typed {
			continue
		}
		if len(in.Types) == 0 {
			return reply{}, invalid("Invalid input: at least one association type is required")
		}
		if ends[i].types, err = p.links.asked(d, in.Types); err != nil {
			return reply{}, err
		}
	}
	for _, j := range ends {
		p.parts(j)
	}
	if c.version == v4 {
		return reply{status: http.StatusNoContent}, nil
	}
	return p.batchReply(c, nil, nil, started)
}
