// Package stacks says where memory comes from: which calls of a stack are the
// program's own, a stack with the calls of libraries folded away, and live
// blocks grouped by the stack that allocated them, with what each keeps from
// going back to the driver. It is pure.
package stacks
