package sallyport.gatekeeper.match_test

import data.sallyport.gatekeeper.match

pod := {
	"apiVersion": "v1",
	"kind": "Pod",
	"metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web", "tier": "front"}},
}

ns(name, labels) := {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

target(o) := {"object": o, "namespace": null, "source": "Original"}

in_shop := {"object": pod, "namespace": ns("shop", {"team": "sales"}), "source": "Original"}

test_nothing_said_matches_all if match.matches({}, target(pod))

test_kinds if {
	match.matches({"kinds": [{"apiGroups": [""], "kinds": ["Pod"]}]}, target(pod))
	match.matches({"kinds": [{"apiGroups": ["*"], "kinds": ["*"]}]}, target(pod))
	match.matches({"kinds": [{"kinds": ["Pod"]}]}, target(pod))
	match.matches({"kinds": [{"apiGroups": ["apps"], "kinds": ["Deployment"]}, {"kinds": ["Pod"]}]}, target(pod))
	not match.matches({"kinds": [{"apiGroups": ["apps"], "kinds": ["Pod"]}]}, target(pod))
	not match.matches({"kinds": [{"apiGroups": [""], "kinds": ["Service"]}]}, target(pod))
}

test_group_of_a_versioned_kind if {
	match.matches({"kinds": [{"apiGroups": ["apps"], "kinds": ["Deployment"]}]}, target({"apiVersion": "apps/v1", "kind": "Deployment"}))
}

test_namespaces if {
	match.matches({"namespaces": ["shop"]}, target(pod))
	match.matches({"namespaces": ["sh*"]}, target(pod))
	match.matches({"namespaces": ["*op"]}, target(pod))
	match.matches({"namespaces": ["*ho*"]}, target(pod))
	not match.matches({"namespaces": ["shops", "sho", "*hop-*", "op*", "*sh"]}, target(pod))
	not match.matches({"namespaces": ["web-*"]}, target(pod))
	match.matches({"namespaces": ["shop"]}, target(ns("shop", {})))
	match.matches({"namespaces": ["x"]}, target({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}))
}

test_excluded_namespaces if {
	not match.matches({"excludedNamespaces": ["kube-*", "shop"]}, target(pod))
	match.matches({"excludedNamespaces": ["kube-*"]}, target(pod))
	not match.matches({"excludedNamespaces": ["kube-*"]}, target(ns("kube-system", {})))
	not match.matches({"namespaces": ["shop"], "excludedNamespaces": ["*"]}, target(pod))
}

test_scope if {
	match.matches({"scope": "Namespaced"}, target(pod))
	not match.matches({"scope": "Cluster"}, target(pod))
	match.matches({"scope": "Cluster"}, target(ns("shop", {})))
	not match.matches({"scope": "Namespaced"}, target(ns("shop", {})))
	match.matches({"scope": "*"}, target(pod))
}

test_label_selector if {
	match.matches({"labelSelector": {"matchLabels": {"app": "web"}}}, target(pod))
	not match.matches({"labelSelector": {"matchLabels": {"app": "db"}}}, target(pod))
	not match.matches({"labelSelector": {"matchLabels": {"zone": "a"}}}, target(pod))
	match.matches({"labelSelector": {}}, target(pod))
}

expression(operator, key, values) := {"labelSelector": {"matchExpressions": [{"operator": operator, "key": key, "values": values}]}}

test_label_expressions if {
	match.matches(expression("In", "app", ["db", "web"]), target(pod))
	not match.matches(expression("In", "app", ["db"]), target(pod))
	not match.matches(expression("In", "zone", ["a"]), target(pod))
	match.matches(expression("NotIn", "app", ["db"]), target(pod))
	match.matches(expression("NotIn", "zone", ["a"]), target(pod))
	not match.matches(expression("NotIn", "app", ["web"]), target(pod))
	match.matches(expression("Exists", "app", []), target(pod))
	not match.matches(expression("Exists", "zone", []), target(pod))
	match.matches(expression("DoesNotExist", "zone", []), target(pod))
	not match.matches(expression("DoesNotExist", "app", []), target(pod))
	not match.matches(expression("Like", "app", ["web"]), target(pod))
}

test_namespace_selector if {
	match.matches({"namespaceSelector": {"matchLabels": {"team": "sales"}}}, in_shop)
	not match.matches({"namespaceSelector": {"matchLabels": {"team": "it"}}}, in_shop)
	match.matches({"namespaceSelector": {"matchLabels": {"a": "b"}}}, target(ns("x", {"a": "b"})))
	match.matches({"namespaceSelector": {"matchLabels": {"a": "b"}}}, target({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}))
}

test_namespace_selector_without_the_namespace_is_an_error if {
	m := {"namespaceSelector": {"matchLabels": {"team": "sales"}}}
	not match.matches(m, target(pod))
	match.error(m, target(pod))
	not match.error(object.union(m, {"kinds": [{"kinds": ["Service"]}]}), target(pod))
	not match.error(m, in_shop)
}

test_name if {
	match.matches({"name": "web-*"}, target(pod))
	match.matches({"name": "web-1"}, target(pod))
	not match.matches({"name": "db-*"}, target(pod))
	match.matches({"name": "job-*"}, target({"kind": "Pod", "metadata": {"generateName": "job-x"}}))
	not match.matches({"name": "job-x"}, target({"kind": "Pod", "metadata": {"generateName": "job-x"}}))
}

test_source if {
	match.matches({"source": "All"}, target(pod))
	match.matches({"source": "Original"}, target(pod))
	not match.matches({"source": "Generated"}, target(pod))
	match.error({"source": "Origin"}, target(pod))
	not match.matches({"source": "Origin"}, target(pod))
}
