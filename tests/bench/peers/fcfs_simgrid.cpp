/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fcfs_simgrid JOBS PROCESSORS: first come, first served in SimGrid's S4U: one
 * actor starts the jobs in order, each job is an actor.  Prints the sum of the
 * waits.
 */
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <simgrid/s4u.hpp>

namespace sg4 = simgrid::s4u;

struct job {
	double submit, run;
	int width;
};

static std::vector<job> jobs;
static int available;
static double waits;
static sg4::MutexPtr lock;
static sg4::ConditionVariablePtr room;

static void run_job(job it)
{
	sg4::this_actor::sleep_for(it.run);
	std::unique_lock<sg4::Mutex> held(*lock);
	available += it.width;
	room->notify_one();
}

static void dispatch()
{
	for (const job &it : jobs) {
		sg4::this_actor::sleep_until(it.submit);
		std::unique_lock<sg4::Mutex> held(*lock);
		while (available < it.width)
			room->wait(held);
		available -= it.width;
		waits += sg4::Engine::get_clock() - it.submit;
		sg4::Actor::create("job", sg4::this_actor::get_host(), run_job,
				   it);
	}
}

int main(int argc, char **argv)
{
	sg4::Engine engine(&argc, argv);
	auto *zone = sg4::create_full_zone("zone");
	auto *host = zone->create_host("host", 1e9);
	std::FILE *file = argc == 3 ? std::fopen(argv[1], "r") : nullptr;
	job it;

	if (!file)
		return 2;
	zone->seal();
	while (std::fscanf(file, "%lf %lf %d", &it.submit, &it.run,
			   &it.width) == 3)
		jobs.push_back(it);
	std::fclose(file);
	available = std::atoi(argv[2]);
	lock = sg4::Mutex::create();
	room = sg4::ConditionVariable::create();
	sg4::Actor::create("dispatch", host, dispatch);
	engine.run();
	std::printf("%.0f\n", waits);
	return 0;
}
