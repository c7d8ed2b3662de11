package attempt

import "testing"

// A bug in one goroutine ends the run in its caller, not the program.
func TestTaskGroup_panicsInWait(t *testing.T) {
	var c TaskGroup
	done := false
	c.Go(func() { panic("a bug") })
	c.Go(func() { done = true })
	defer func() {
		if v := recover(); v != "a bug" {
			t.Errorf("recovered %v, want the bug", v)
		}
		if !done {
			t.Error("the others were not waited for")
		}
	}()
	c.Wait()
	t.Error("Wait returned")
}
