# Whether a Gatekeeper constraint's spec.match takes an object in. What is not said matches; all
# that is said must. A target is {"object", "namespace" (the Namespace object or null), "source"}.
package sallyport.gatekeeper.match

matches(match, target) if {
	not error(match, target)
	kinds_match(match, target.object)
	scope_matches(match, target)
	namespaces_match(match, target)
	not excluded(match, target)
	selector_matches(object.get(match, "labelSelector", {}), labels(target.object))
	namespace_selector_matches(match, target)
	name_matches(match, target.object)
	source_matches(match, target)
}

# What cannot be decided is said, not passed over.
error(match, target) := "namespace selector for namespace-scoped object but missing Namespace" if {
	is_object(object.get(match, "namespaceSelector", null))
	kinds_match(match, target.object)
	scope_matches(match, target)
	namespaces_match(match, target)
	not excluded(match, target)
	selector_matches(object.get(match, "labelSelector", {}), labels(target.object))
	not is_namespace(target.object)
	declared_namespace(target.object) != ""
	target.namespace == null
}

else := sprintf("invalid source field %q", [match.source]) if {
	not object.get(match, "source", "") in {"", "All", "Original", "Generated"}
}

# --- the object ----------------------------------------------------------------------------------

group(o) := parts[0] if {
	parts := split(o.apiVersion, "/")
	count(parts) == 2
}

else := ""

kind(o) := object.get(o, "kind", "")

labels(o) := as_map(object.get(metadata(o), "labels", {}))

metadata(o) := as_map(object.get(o, "metadata", {}))

as_map(v) := v if is_object(v)

else := {}

as_list(v) := v if is_array(v)

else := []

as_text(v) := v if is_string(v)

else := ""

name(o) := as_text(object.get(metadata(o), "name", ""))

declared_namespace(o) := as_text(object.get(metadata(o), "namespace", ""))

is_namespace(o) if {
	kind(o) == "Namespace"
	group(o) == ""
}

# The namespace that names are compared with; undefined for what is in none.
namespace_name(target) := name(target.object) if is_namespace(target.object)

else := name(target.namespace) if target.namespace != null

else := declared_namespace(target.object) if declared_namespace(target.object) != ""

# --- the parts of a match ------------------------------------------------------------------------

kinds_match(match, _) if count(as_list(object.get(match, "kinds", []))) == 0

kinds_match(match, o) if {
	some kk in match.kinds
	listed(object.get(kk, "kinds", []), kind(o))
	listed(object.get(kk, "apiGroups", []), group(o))
}

listed(list, _) if count(as_list(list)) == 0

listed(list, _) if "*" in list

listed(list, word) if word in list

scope_matches(match, _) if not object.get(match, "scope", "*") in {"Cluster", "Namespaced"}

scope_matches(match, target) if {
	match.scope == "Cluster"
	not namespaced(target)
}

scope_matches(match, target) if {
	match.scope == "Namespaced"
	namespaced(target)
}

namespaced(target) if {
	not is_namespace(target.object)
	declared_namespace(target.object) != ""
}

namespaced(target) if {
	not is_namespace(target.object)
	target.namespace != null
}

namespaces_match(match, _) if count(as_list(object.get(match, "namespaces", []))) == 0

namespaces_match(_, target) if not namespace_name(target)

namespaces_match(match, target) if {
	some pattern in match.namespaces
	wild(pattern, namespace_name(target))
}

excluded(match, target) if {
	some pattern in match.excludedNamespaces
	wild(pattern, namespace_name(target))
}

name_matches(match, _) if object.get(match, "name", "") == ""

name_matches(match, o) if wild(match.name, name(o))

name_matches(match, o) if {
	endswith(match.name, "*")
	wild(match.name, as_text(object.get(metadata(o), "generateName", "")))
}

source_matches(match, _) if object.get(match, "source", "") in {"", "All"}

source_matches(match, target) if match.source == target.source

# A star at either end stands for any text.
wild(pattern, text) if {
	startswith(pattern, "*")
	endswith(pattern, "*")
	contains(text, trim_suffix(trim_prefix(pattern, "*"), "*"))
}

else if {
	startswith(pattern, "*")
	not endswith(pattern, "*")
	endswith(text, trim_prefix(pattern, "*"))
}

else if {
	endswith(pattern, "*")
	not startswith(pattern, "*")
	startswith(text, trim_suffix(pattern, "*"))
}

else if pattern == text

namespace_selector_matches(match, _) if not is_object(object.get(match, "namespaceSelector", null))

namespace_selector_matches(match, target) if {
	is_object(match.namespaceSelector)
	in_no_namespace(target)
}

namespace_selector_matches(match, target) if {
	is_object(match.namespaceSelector)
	not in_no_namespace(target)
	selector_matches(match.namespaceSelector, selected_labels(target))
}

in_no_namespace(target) if {
	not is_namespace(target.object)
	declared_namespace(target.object) == ""
	target.namespace == null
}

selected_labels(target) := labels(target.object) if is_namespace(target.object)

else := labels(target.namespace)

# --- label selectors -----------------------------------------------------------------------------

selector_matches(selector, _) if not is_object(selector)

selector_matches(selector, have) if {
	is_object(selector)
	every key, want in as_map(object.get(selector, "matchLabels", {})) {
		have[key] == want
	}
	every e in as_list(object.get(selector, "matchExpressions", [])) {
		expression_holds(e, have)
	}
}

expression_holds(e, have) if {
	e.operator == "In"
	one_of(have, e)
}

expression_holds(e, have) if {
	e.operator == "NotIn"
	not one_of(have, e)
}

expression_holds(e, have) if {
	e.operator == "Exists"
	e.key in object.keys(have)
}

expression_holds(e, have) if {
	e.operator == "DoesNotExist"
	not e.key in object.keys(have)
}

one_of(have, e) if have[e.key] in e.values
