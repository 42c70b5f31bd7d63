# Two lists joined by a field that no index can know.
package bench

result contains [order.id, customer.name] if {
	some order in input.orders
	some customer in input.customers
	customer.id == order.customer
	order.total > customer.limit
}
