using Egress.Downloads;
using Egress.Http.Responses;
using Egress.Links;

namespace Egress.Http.Api;

/// <summary>Reports requests to the API that failed, and returns the problems for their clients.</summary>
internal sealed class ApiFailure(LinkReport report)
{
    /// <summary>Logs a failure.</summary>
    /// <returns>The problem for the client.</returns>
    public Problem Report(Rejection rejection)
    {
        report.Failed(rejection);
        return ProblemTable.For(rejection);
    }
}
