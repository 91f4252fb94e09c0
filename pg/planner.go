package pg

// Planner is what a function for support=, restrict= or join= is called with: what PostgreSQL knows of a call that
// it makes a plan for, and what it wants to know. Fields that stay zero leave it to PostgreSQL.
//
//	// PlanWords estimates the rows of Words.
//	func PlanWords(p *pg.Planner) {
//		var s string
//		if p.Constant("s", &s) {
//			p.Rows = float64(len(strings.Fields(s)))
//		}
//	}
type Planner struct {
	// Constants are the arguments that are known before the query runs, by their names in SQL;
	// one without a name is called arg1, arg2 and so on, by its place.
	Constants Record
	// Join says that a selectivity is wanted for a condition between two tables.
	Join bool

	// Rows is how many rows a set has.
	Rows float64
	// Startup is what it costs before the first call, and Cost what a call costs, both in the unit
	// of cost= of the function.
	Startup, Cost float64
	// Selectivity is how many rows a condition leaves, of one. All that restrict= and join= want.
	Selectivity float64
	// Operator is one for which an index may be searched in place of the function, a condition: where
	// f(a, b) is true, a OPERATOR b is, too. Each row that is found is looked at by the function itself.
	Operator string
}

// Constant sets *dest to the value of an argument, and reports whether that is known, not NULL, and
// something that dest can hold.
func (p *Planner) Constant(name string, dest any) bool {
	return p.Constants.find(name) >= 0 && p.Constants.Get(name, dest) == nil
}
