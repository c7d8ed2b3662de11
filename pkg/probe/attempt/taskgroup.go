package attempt

import "sync"

// A TaskGroup is a sync.WaitGroup whose Wait panics if one of its goroutines
// did: a bug then ends one run and is reported as an internal error, instead of
// crashing the program in the middle of its report. The zero value is ready.
type TaskGroup struct {
	wg sync.WaitGroup

	mu     sync.Mutex
	broken any
}

// Go calls f in a goroutine.
func (c *TaskGroup) Go(f func()) {
	c.wg.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				c.mu.Lock()
				c.broken = v
				c.mu.Unlock()
			}
		}()
		f()
	})
}

// Wait waits for all of them.
func (c *TaskGroup) Wait() {
	c.wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		panic(c.broken)
	}
}
