namespace Egress.Health;

/// <summary>When the timer's probe runs.</summary>
public sealed record HealthOptions
{
    /// <summary>NCRONTAB with seconds: six fields.</summary>
    public string Schedule { get; init; } = "*/30 * * * * *";
}
