using System.Collections.Concurrent;
using Egress.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>
/// A server on loopback that simulates the parts of Azure that the azd hooks use: Key Vault, a blob container (a folder here), the Key Vault
/// references of an app, and a service that returns the caller's address. Each service refuses its first request, because new roles do not take
/// effect immediately.
/// </summary>
internal sealed class FakeAzure : IAsyncDisposable
{
    public const string AppId = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/func-egress";
    public const string Address = "203.0.113.7";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _requests = [];
    private readonly string _token;

    private FakeAzure(WebApplication app, string token, string secret, string objects)
    {
        (_app, _token) = (app, token);
        app.MapGet("/address", () => $"{Address}\n");
        app.MapGet("/vault/secrets/signing-secret", (HttpContext context) => Admit(context, "vault", new { value = secret }));
        app.MapPut("/objects/{**key}", async (HttpContext context, string key) =>
        {
            if (!IsAdmitted(context, "blob") || context.Request.Headers["x-ms-blob-type"] != "BlockBlob")
            {
                return Results.StatusCode(StatusCodes.Status403Forbidden);
            }

            var path = Path.Combine(objects, "objects", key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var file = File.Create(path);
            await context.Request.Body.CopyToAsync(file);
            return Results.StatusCode(StatusCodes.Status201Created);
        });
        var registration = "NotRegistered";
        app.MapGet("/subscriptions/s/providers/Microsoft.App", () => new { registrationState = registration });
        app.MapPost("/subscriptions/s/providers/Microsoft.App/register", () => registration = "Registered");
        var refreshed = false;
        app.MapPost($"{AppId}/config/configreferences/appsettings/refresh", (HttpContext context) => Admit(context, "manager", new { refreshed = refreshed = true }));
        app.MapGet($"{AppId}/config/configreferences/appsettings", (HttpContext context) => Admit(context, "manager", new
        {
            value = new[]
            {
                new { name = "SIGNING_SECRET", properties = new { status = refreshed ? "Resolved" : "AccessToKeyVaultDenied" } },
                new { name = "CALLBACK_SIGNING_SECRET", properties = new { status = "Resolved" } },
            },
        }));
    }

    public Uri Url => new(_app.Urls.Single());

    /// <summary>Number of requests that read or refreshed the app's references.</summary>
    public int ManagerRequests => _requests.GetValueOrDefault("manager");

    public static async Task<FakeAzure> StartAsync(string token, string secret, string objects)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{FreePort.Next()}");
        var app = builder.Build();
        var azure = new FakeAzure(app, token, secret, objects);
        await app.StartAsync();
        return azure;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Admit(HttpContext context, string service, object answer) =>
        IsAdmitted(context, service) ? Results.Json(answer) : Results.StatusCode(StatusCodes.Status403Forbidden);

    private bool IsAdmitted(HttpContext context, string service) =>
        _requests.AddOrUpdate(service, 1, static (_, count) => count + 1) > 1 && context.Request.Headers.Authorization == $"Bearer {_token}";
}
