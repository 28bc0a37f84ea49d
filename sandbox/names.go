package sandbox

import (
	"fmt"
	"math/rand/v2"
)

var (
	firmFirst  = []string{"Alder", "Birch", "Cinder", "Dunmore", "Ember", "Fennel", "Granite", "Harbor", "Ivory", "Juniper", "Kestrel", "Lantern", "Marble", "Nettle", "Orchard", "Pebble", "Quarry", "Russet", "Saffron", "Thistle", "Umber", "Velvet", "Willow", "Yarrow"}
	firmSecond = []string{"Bakery", "Boatworks", "Brewing", "Catering", "Ceramics", "Clinic", "Dairy", "Fitness", "Foundry", "Gardens", "Hardware", "Joinery", "Lighting", "Logistics", "Outfitters", "Press", "Robotics", "Roofing", "Studio", "Supply", "Textiles", "Tooling"}
	firstNames = []string{"Ada", "Bruno", "Carla", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca", "Mila", "Nils", "Olga", "Pavel", "Rosa", "Sami", "Tara", "Vera"}
	lastNames  = []string{"Abelund", "Brackwater", "Coldenfeld", "Dastrell", "Evermoor", "Fallowby", "Grimsall", "Hollowick", "Istermann", "Jorvalle", "Kettleborn", "Lumbry", "Morrowgate", "Nordhaven", "Ostwick", "Pennithorn", "Quillstone", "Rookmere", "Stavely-Orr", "Tamberlow"}
	goodsFirst = []string{"Oak", "Steel", "Copper", "Linen", "Glass", "Rubber", "Cedar", "Brass", "Canvas", "Slate", "Cork", "Wool"}
	goodsNext  = []string{"bracket", "hinge", "panel", "filter", "lamp", "cable", "valve", "crate", "stool", "frame", "pump", "sensor", "strap", "tray", "consulting hour", "support plan", "site visit"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// firmName is the name of firm n in the two systems. One in ten holds what
// breaks careless readers; where the two differ, only the name does.
func firmName(r *rand.Rand, n int) (names [2]string) {
	base := fmt.Sprintf("%s %s %05d", pick(r, firmFirst), pick(r, firmSecond), n)
	switch n % 100 {
	case 3:
		return twice("Müller & Söhne " + base) // composed accents
	case 13:
		return [2]string{"Café Lumière " + base, "Cafe\u0301 Lumie\u0300re " + base} // composed, decomposed
	case 23:
		return twice(`"` + base + `" Ltd.`)
	case 33:
		return twice(`C\D Partners ` + base)
	case 43:
		return twice("🌵 " + base)
	case 53:
		return twice("O'Hallow's " + base)
	case 63:
		return [2]string{base + " Inc.", base + ", Incorporated"}
	case 73:
		return twice("東京 " + base)
	case 83:
		return twice("<b>" + base + "</b> & Co")
	case 93:
		return twice("=" + base) // a formula, were it typed into a cell
	}
	return twice(base)
}

// goodsName is the name of product n in the two systems.
func goodsName(r *rand.Rand, n int) (names [2]string) {
	base := fmt.Sprintf("%s %s %05d", pick(r, goodsFirst), pick(r, goodsNext), n)
	switch n % 50 {
	case 1:
		return [2]string{base, "Article " + base} // one product, two names
	case 11:
		return [2]string{"Crème " + base, "Cre\u0300me " + base}
	case 17:
		return [2]string{"  " + base + " ", base} // outer blanks
	case 21:
		return twice(base + ` 19" rack`)
	case 27:
		return twice(base + " Nuts & Bolts")
	case 31:
		return twice(base + ` A\B`)
	case 37:
		return twice(base + " 🔩")
	}
	return twice(base)
}

func twice(s string) [2]string { return [2]string{s, s} }
