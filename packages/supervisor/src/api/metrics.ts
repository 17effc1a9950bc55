/** `GET /metrics`, for Prometheus. It needs the token; see `authorization` in Prometheus's configuration. */
import type { FastifyInstance } from 'fastify';
import type { Cluster } from '../cluster.ts';
import { contentTypes, formatMetrics, type MetricsFormat } from './metrics-format.ts';

export const metricsPath = '/metrics';
export const metricsOperation = {
  operationId: 'metrics',
  summary: 'Get counts, delays, queues and clock offsets as Prometheus metrics',
  responses: {
    200: {
      description: 'the metrics, in the format requested by `Accept`',
      content: Object.fromEntries(
        Object.values(contentTypes).map((type) => [type, { schema: { type: 'string' } }]),
      ),
    },
  },
};

export function serveMetrics(server: FastifyInstance, cluster: Cluster, url: () => string): void {
  server.get(metricsPath, async (request, reply) => {
    const isOpen = request.headers.accept?.includes('application/openmetrics-text') ?? false;
    const format: MetricsFormat = isOpen ? 'openmetrics' : 'prometheus';
    // Report nodes and clocks even while the router is down.
    const stats = await cluster.stats().catch(() => null);
    return reply
      .type(contentTypes[format])
      .send(formatMetrics(await cluster.status(url()), stats, format));
  });
}
