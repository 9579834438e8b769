/// Memory that is not read for long, set aside into a file without a name: it stays where it is for all who hold it, and
/// the system reads it from the file when it is asked for.
import CProcess
import Glibc

extension Tensor {
    /// Sets the numbers aside where the system has less than `bytes` left.
    ///
    /// Where there is no room for the file, or the folder for temporary files (`TMPDIR`, else /var/tmp) lies in memory,
    /// all stays as it is.
    package func setAside(unlessThereAre bytes: Int) {
        guard SystemMemory.available() + device.memory.cached < bytes else { return }
        setAside()
    }

    /// Sets the numbers aside. - Returns: whether they are.
    @discardableResult package func setAside() -> Bool { storage.setAside() }
}

extension Storage {
    /// Less is not worth a file; and so large a block lies in pages of its own.
    private static let least = 64 << 20

    fileprivate func setAside() -> Bool {
        let bytes = size.bytes
        guard bytes >= Storage.least, !isAside else { return isAside }
        guard let file = Storage.file(of: bytes) else { return false }
        defer { close(file) }
        let portion = 64 << 20
        for start in stride(from: 0, to: bytes, by: portion) {
            let count = min(portion, bytes - start)
            var done = 0
            while done < count {
                let written = pwrite(file, UnsafeRawPointer(base) + start + done, count - done, off_t(start + done))
                guard written > 0 else { return false }
                done += written
            }
        }
        // Until they are on the disk they take memory still.
        guard fdatasync(file) == 0 else { return false }
        _ = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        // The same numbers take the place of the same numbers: who reads them meanwhile sees no difference.
        guard mmap(base, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED else {
            return false
        }
        wasSetAside()
        return true
    }

    /// Makes what was set aside plain memory again, of no content.
    func takeBack() {
        let bytes = size.bytes
        _ = mmap(base, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
    }

    /// A file without a name that has its room on a disk.
    private static func file(of bytes: Int) -> Int32? {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        guard lethe_disk_room(folder) > bytes + bytes / 4 else { return nil }
        var path = Array((folder + "/lethe-XXXXXX").utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else { return nil }
        unlink(path)
        guard posix_fallocate(file, 0, off_t(bytes)) == 0 else {
            close(file)
            return nil
        }
        return file
    }
}
