using Microsoft.AspNetCore.Http;

namespace Egress.Benchmarks.Remote;

/// <summary>Multipart uploads to a bucket that drops all bytes.</summary>
internal sealed class SimulatedUploads
{
    /// <summary>Name of the bucket.</summary>
    public const string Bucket = "exports";

    private long _bytesReceived;
    private int _last;

    /// <summary>Number of part bytes received so far.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>Responds to a request for the bucket.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The key of the object.</param>
    /// <param name="pace">The rate limit of the connection.</param>
    public async Task AnswerAsync(HttpContext context, string key, ConnectionPace pace)
    {
        var (request, response) = (context.Request, context.Response);
        if (HttpMethods.IsPut(request.Method) && request.Headers.ContainsKey("x-amz-copy-source"))
        {
            await response.WriteAsync("<CopyPartResult><ETag>&quot;part&quot;</ETag></CopyPartResult>", context.RequestAborted);
        }
        else if (HttpMethods.IsPut(request.Method))
        {
            await ReceiveAsync(context, pace);
            response.Headers.ETag = "\"part\"";
        }
        else if (HttpMethods.IsPost(request.Method))
        {
            await response.WriteAsync(
                request.Query.ContainsKey("uploads")
                    ? $"<InitiateMultipartUploadResult><UploadId>{Interlocked.Increment(ref _last)}</UploadId></InitiateMultipartUploadResult>"
                    : $"<CompleteMultipartUploadResult><Key>{key}</Key><ETag>&quot;whole&quot;</ETag></CompleteMultipartUploadResult>",
                context.RequestAborted);
        }
        else if (HttpMethods.IsGet(request.Method))
        {
            await response.WriteAsync("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>", context.RequestAborted);
        }
        else if (key.Length > 0)
        {
            response.StatusCode = HttpMethods.IsDelete(request.Method) ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
        }
    }

    /// <summary>Reads a part without copying it, at the rate of the connection.</summary>
    private async Task ReceiveAsync(HttpContext context, ConnectionPace pace)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted);
            var length = read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            Interlocked.Add(ref _bytesReceived, length);
            if (read.IsCompleted)
            {
                return;
            }

            await pace.WaitAsync((int)length, context.RequestAborted);
        }
    }
}
