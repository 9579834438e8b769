// Requests in order, interrupts that reach the running one alone, and the end.
import Protocols
import Tensors
import Testing

@Suite struct RequestQueueTests {
    @Test func requestsComeInOrderUntilTheEnd() {
        let queue = RequestQueue<Int>(cancellation: Cancellation(), limit: 2)
        #expect(queue.add(1) && queue.add(2))
        #expect(!queue.add(3))
        #expect(queue.next() == 1)
        queue.close(dropping: false)
        #expect(!queue.add(4))
        #expect(queue.next() == 2)
        #expect(queue.next() == nil)
    }

    @Test func anInterruptReachesWhatRuns() {
        let cancellation = Cancellation()
        let queue = RequestQueue<Int>(cancellation: cancellation)
        _ = (queue.add(1), queue.add(2), queue.add(3))
        #expect(!queue.interrupt())
        #expect(!cancellation.isRequested)
        #expect(queue.next() == 1)
        #expect(!queue.interrupt { $0 == 2 })
        #expect(queue.interrupt { $0 == 1 })
        #expect(cancellation.isRequested && !cancellation.isAbandoned)
        // At once a second time: the statement is given up.
        #expect(queue.interrupt())
        #expect(cancellation.isAbandoned)
        queue.finish()
        #expect(!cancellation.isRequested)
        #expect(queue.withdraw { $0 == 2 } == [2])
        #expect(queue.next() == 3)
        queue.close(dropping: true)
        #expect(cancellation.isRequested)
        queue.finish()
        #expect(queue.next() == nil)
    }
}
