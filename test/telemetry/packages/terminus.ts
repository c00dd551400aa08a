export { HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus'
