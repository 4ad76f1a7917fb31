using Azure;
using Azure.Storage.Queues.Models;
using Egress.Backends;

namespace Egress.Queues.AzureQueue;

/// <summary>Translates every exception of the SDK. The error codes are those of "Queue service error codes" in the REST API reference.</summary>
internal static class AzureQueueFaults
{
    /// <summary>Whether another consumer took or removed the message.</summary>
    public static bool IsLost(RequestFailedException exception) =>
        exception.ErrorCode == QueueErrorCode.PopReceiptMismatch || exception.ErrorCode == QueueErrorCode.MessageNotFound;

    /// <summary>Translates an exception. The message of the result names the innermost cause.</summary>
    /// <returns>The exception to throw; null if the caller canceled the call.</returns>
    public static QueueException? Translate(Exception exception, string queue, CancellationToken cancellationToken) => exception switch
    {
        _ when cancellationToken.IsCancellationRequested => null,
        RequestFailedException { Status: > 0 } answer => new QueueException($"Azure queue {queue}: {answer.Status} {answer.ErrorCode}", exception),
        _ => new QueueException($"Azure queue {queue}: {InnermostCause.Of(exception)}", exception),
    };
}
