global using Microsoft.Extensions.DependencyInjection;
global using Microsoft.Extensions.Hosting;
global using RQ.TestSupport;
global using Shouldly;
global using Xunit;
