using Microsoft.AspNetCore.Mvc;
using RQ;
using WebApp;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// The address and the limits are in appsettings.json; an environment variable changes them: Rq__Url=redis://localhost:6379.
builder.Services.AddRq()
    .AddQueue("words")
    .AddWorker()
    .AddCron("total", "0 * * * *", (WordCounter counter) => counter.LogTotal(), "Europe/Berlin");
builder.Services.AddHealthChecks().AddRq();

WebApplication app = builder.Build();

app.MapGet("/", Page.Form);

app.MapPost("/count", async ([FromForm] string text, IQueue queue, CancellationToken cancellationToken) =>
{
    Job<int> job = await queue.EnqueueAsync((WordCounter counter) => counter.CountAsync(text, default), cancellationToken: cancellationToken);
    return Results.Redirect($"/jobs/{job.Id}");
}).DisableAntiforgery();

app.MapGet("/jobs/{id}", async (string id, [FromKeyedServices("words")] Queue queue, CancellationToken cancellationToken) =>
{
    if (await queue.FetchJobAsync(id, cancellationToken) is not { } job)
        return Results.NotFound();
    JobResult? result = await job.GetLatestResultAsync(cancellationToken);
    return Page.Of(job, job.Status == JobStatus.Finished ? result?.GetReturnValue<int>() : null);
});

app.MapHealthChecks("/health");

app.Run();
