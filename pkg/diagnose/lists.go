package diagnose

import "slices"

// What package slices lacks.

// appendNew appends those of the values that list does not contain yet.
func appendNew[T comparable](list []T, values ...T) []T {
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// filter returns the elements for which keep holds, in a new slice.
func filter[T any](list []T, keep func(T) bool) []T {
	var kept []T
	for _, v := range list {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// mapTo returns what of makes of each element; nil of an empty list.
func mapTo[T, U any](list []T, of func(T) U) []U {
	var out []U
	for _, v := range list {
		out = append(out, of(v))
	}
	return out
}

// every reports whether ok holds for all elements.
func every[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !ok(v) })
}

// find returns a pointer to the first element for which ok holds, or nil.
func find[T any](list []T, ok func(*T) bool) *T {
	for i := range list {
		if ok(&list[i]) {
			return &list[i]
		}
	}
	return nil
}
