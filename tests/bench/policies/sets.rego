# Sets: what is held, wanted and forbidden.
package bench

held := {c | some c in input.held}

wanted := {c | some c in input.wanted}

forbidden := {c | some c in input.forbidden}

result := {
	"granted": count((held & wanted) - forbidden),
	"missing": wanted - held,
	"bad": held & forbidden,
	"all": count((held | wanted) | forbidden),
}
