using Azure;
using Azure.Identity;
using Azure.Storage.Queues.Models;

namespace Egress.Callbacks.Queues.AzureQueue;

/// <summary>Translates what the SDK throws, once. Codes: "Queue service error codes" of the REST API.</summary>
internal static class AzureQueueFaults
{
    /// <summary>Whether somebody else took or removed the message.</summary>
    public static bool IsLost(RequestFailedException exception) =>
        exception.ErrorCode == QueueErrorCode.PopReceiptMismatch || exception.ErrorCode == QueueErrorCode.MessageNotFound;

    /// <returns>What to throw instead; null for what is no fault of the queue.</returns>
    public static CallbackQueueException? Translate(Exception exception, string queue, CancellationToken cancellationToken) => exception switch
    {
        _ when cancellationToken.IsCancellationRequested => null,
        RequestFailedException { Status: > 0 } answer => new CallbackQueueException($"Azure queue {queue}: {answer.Status} {answer.ErrorCode}", exception),
        RequestFailedException or AuthenticationFailedException or OperationCanceledException or HttpRequestException or IOException =>
            new CallbackQueueException($"Azure queue {queue}: {exception.Message}", exception),
        AggregateException { InnerExceptions: [RequestFailedException, ..] } =>
            new CallbackQueueException($"Azure queue {queue}: {exception.InnerException!.Message}", exception),
        _ => null,
    };
}
