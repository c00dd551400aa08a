// A process of its own for one subject: it serves, and tells what that has cost.
import { serve } from '../worker.mjs'
import { pinTo } from './pinning.mjs'

let cpu = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

serve(async ({ open, core }) => (open ? start(open, core) : { cpu: cpu() }))

async function start(file, core) {
  pinTo(core)
  const subject = await import(`./subjects/${file}.mjs`)
  const { port, absent, cpu: others } = await subject.open()
  cpu = others ?? cpu
  return { port, absent }
}
