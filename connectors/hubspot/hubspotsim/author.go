package hubspotsim

import "strconv"

// An Author is who changes a record, as property history and the record's own
// source properties tell it. The zero value is somebody at the screen.
type Author struct {
	// Source is the kind of author, such as CRM_UI, IMPORT, INTEGRATION or
	// AUTOMATION_PLATFORM ("Record source" knowledge base page and property history).
	Source string
	// ID is the author among its kind: userId:1234 of a person, an app's id.
	ID string
	// Label is its name, such as an app's.
	Label string
	// User is the person's id, 0 for nobody.
	User int64
}

// The people and the app of a portal that are not told apart otherwise.
const (
	atScreen    = "CRM_UI"
	integration = "INTEGRATION"
	someUser    = 864745280
	appID       = 54321
	appName     = "Private app"
)

// person is the author of what is changed in Go, unless it says who it is.
func person(by []Author) Author {
	if len(by) > 0 && by[0] != (Author{}) {
		return by[0]
	}
	return Author{Source: atScreen, ID: "userId:" + strconv.Itoa(someUser), User: someUser}
}

// app is the author of what is changed by the API (INTEGRATION with the app's id:
// records that private apps wrote).
func app() Author {
	return Author{Source: integration, ID: strconv.Itoa(appID), Label: appName}
}
