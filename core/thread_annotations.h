// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which state belongs to which mutex or thread, written so that clang can check it (-Wthread-safety;
/// tools/check-thread-safety.sh). For other compilers the attributes are empty. The names are those of clang's
/// documentation, "Thread Safety Analysis".

#include <mutex>

#if defined(__clang__)
#define SPINESEG_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define SPINESEG_THREAD_ATTRIBUTE(x)
#endif

#define CAPABILITY(name) SPINESEG_THREAD_ATTRIBUTE(capability(name))
#define SCOPED_CAPABILITY SPINESEG_THREAD_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(capability) SPINESEG_THREAD_ATTRIBUTE(guarded_by(capability))
#define REQUIRES(...) SPINESEG_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) SPINESEG_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) SPINESEG_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) SPINESEG_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define ASSERT_CAPABILITY(x) SPINESEG_THREAD_ATTRIBUTE(assert_capability(x))

namespace spineseg {

/// std::mutex with the attributes that the standard library's has not.
class CAPABILITY("mutex") Mutex {
  public:
    void lock() ACQUIRE() { mutex_.lock(); }
    void unlock() RELEASE() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

/// Holds a Mutex until the end of the scope.
class SCOPED_CAPABILITY MutexLock {
  public:
    explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() RELEASE() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

  private:
    Mutex& mutex_;
};

/// A thread that owns state. Members GUARDED_BY a role are used only in functions that REQUIRE it, and a step that
/// runs on that thread begins with assert_here(). Checked by the compiler only: nothing happens at run time.
class CAPABILITY("thread") ThreadRole {
  public:
    void assert_here() const ASSERT_CAPABILITY(this) {}
};

}  // namespace spineseg
