namespace Egress.Queues;

/// <summary>A queue could not be reached, refused a call, or failed. The call may have changed the queue.</summary>
/// <param name="message">For the log. Contains no secrets.</param>
/// <param name="innerException">The exception of the backend.</param>
internal sealed class QueueException(string message, Exception innerException) : Exception(message, innerException);
