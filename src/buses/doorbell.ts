import { watch } from 'node:fs'
import { basename } from 'node:path'
import type { Cancel, Clock } from '../contracts/clock.ts'

/** How often it rings where the file system does not, in milliseconds. */
const interval = 25

/**
 * Rings soon after something in the directory has changed; answers what ends that. It does not keep
 * the process alive. Where the directory cannot be watched (a Linux user has 128 inotify instances
 * unless told otherwise), or is not to be, it rings on a timer.
 */
export function doorbell(
  directory: string,
  watching: boolean,
  clock: Clock,
  ring: () => void,
): Cancel {
  let stopped = false
  let stop: Cancel

  const startTimer = () => {
    stop = clock.schedule(interval, onTimer, 'background')
  }
  const onTimer = () => {
    startTimer()
    ring()
  }
  const startWatching = () => {
    try {
      const watcher = watch(directory, { persistent: false }, (event, name) => {
        ring()
        // The directory itself has gone; what has its name now is another one.
        if (event === 'rename' && name === basename(directory) && !stopped) {
          watcher.close()
          startWatching()
          ring()
        }
      })
      watcher.on('error', () => {
        watcher.close()
        startTimer()
      })
      stop = () => watcher.close()
    } catch {
      startTimer()
    }
  }

  if (watching) startWatching()
  else startTimer()
  return () => {
    stopped = true
    stop()
  }
}
